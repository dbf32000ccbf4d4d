import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CelScalar,
  celEnv,
  celError,
  celList,
  celMap,
  celUint,
  isCelError,
  listType,
  mapType,
  objectType,
  plan,
  type CelInput,
  type CelResult,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import type { SimpleTest } from '@bufbuild/cel-spec/cel/expr/conformance/test/simple_pb.js';
import type { Value } from '@bufbuild/cel-spec/cel/expr/value_pb.js';
import { getTestRegistry } from '@bufbuild/cel-spec/testdata/registry.js';
import { getConformanceSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { parseCel } from './cel-tree';
import { meter } from './cost';
import { environment } from './environment';
import { makeLenient } from './lenient';

// The published conformance data of CEL, run through the library as it is and through conditions as they run.

/** The parts a condition may use; the others are about protobuf messages, enums, containers and further extensions. */
const parts = [
  'basic',
  'comparisons',
  'conversions',
  'fields',
  'fp_math',
  'integer_math',
  'lists',
  'logic',
  'macros',
  'parse',
  'plumbing',
  'string',
  'string_ext',
  'timestamps',
];
const needsMessages = /TestAllTypes|google\.protobuf\.(?!Timestamp|Duration)|cel\.expr\.conformance|\. ?conformance/;

const quoted = 'the library does not read names in backquotes; write `["..."]`';
const lenient = 'a missing part is null';

/** Cases that end in another way than the data says, with the reason. */
const differences: Record<string, { where: 'library and conditions' | 'conditions'; why: string }> = {
  'fields/map_fields/map_key_mixed_numbers_lossy_double_key': { where: 'conditions', why: lenient },
  'fields/map_fields/map_no_such_key': { where: 'conditions', why: lenient },
  'fields/map_fields/map_bad_key_type': { where: 'conditions', why: lenient },
  'fields/map_fields/map_field_select_no_such_key': { where: 'conditions', why: lenient },
  'fields/quoted_map_fields/field_access_slash': { where: 'library and conditions', why: quoted },
  'fields/quoted_map_fields/field_access_dash': { where: 'library and conditions', why: quoted },
  'fields/quoted_map_fields/field_access_dot': { where: 'library and conditions', why: quoted },
  'fields/quoted_map_fields/has_field_slash': { where: 'library and conditions', why: quoted },
  'fields/quoted_map_fields/has_field_dash': { where: 'library and conditions', why: quoted },
  'fields/quoted_map_fields/has_field_dot': { where: 'library and conditions', why: quoted },
  'fields/qualified_identifier_resolution/int64_field_select_unsupported': { where: 'conditions', why: lenient },
  'fields/qualified_identifier_resolution/map_value_repeat_key_heterogeneous': {
    where: 'library and conditions',
    why: 'the library does not see that the keys 0 and 0u are one',
  },
  'lists/index/zero_based_double_error': { where: 'conditions', why: lenient },
  'lists/index/index_out_of_bounds': { where: 'conditions', why: lenient },
  'lists/index/bad_index_type': { where: 'conditions', why: lenient },
};

interface Case {
  name: string;
  test: SimpleTest;
}

function casesOf(): Case[] {
  const all = getConformanceSuite().suites.flatMap((suite) =>
    suite.suites.flatMap((section) =>
      section.tests.map(({ name, original }) => ({
        part: suite.name,
        name: `${suite.name}/${section.name}/${name}`,
        test: original,
      })),
    ),
  );
  return all.filter(({ part, test }) => parts.includes(part) && isUsed(test));
}

function isUsed({ expr, container, checkOnly, disableMacros }: SimpleTest): boolean {
  return !container && !checkOnly && !disableMacros && !needsMessages.test(expr.replace(/\s+/g, ' '));
}

const registry = getTestRegistry();
const types: Record<string, CelInput> = {
  ...Object.fromEntries(Object.values(CelScalar).map((scalar) => [scalar.name, scalar])),
  list: listType(CelScalar.DYN),
  map: mapType(CelScalar.DYN, CelScalar.DYN),
};

function inputOf({ kind }: Value): CelInput {
  switch (kind.case) {
    case 'uint64Value':
      return celUint(kind.value);
    case 'nullValue':
      return null;
    case 'listValue':
      return celList(kind.value.values.map(inputOf));
    case 'mapValue':
      return celMap(new Map(kind.value.entries.map(({ key, value }) => [inputOf(key!) as string, inputOf(value!)])));
    case 'typeValue':
      return types[kind.value] ?? objectType(kind.value);
    case 'objectValue':
      return anyUnpack(kind.value, registry) as CelInput;
    case 'boolValue':
    case 'int64Value':
    case 'doubleValue':
    case 'stringValue':
    case 'bytesValue':
      return kind.value;
    default:
      throw new Error(`no value of kind ${kind.case}`);
  }
}

function bindingsOf({ bindings }: SimpleTest): Record<string, CelInput> {
  return Object.fromEntries(
    Object.entries(bindings).flatMap(([name, { kind }]) =>
      kind.case === 'value' ? [[name, inputOf(kind.value)]] : [],
    ),
  );
}

function attempt(run: () => CelResult): CelResult {
  try {
    return run();
  } catch (error) {
    return celError(error);
  }
}

const library = celEnv({ funcs: strings });
const byLibrary = (test: SimpleTest) => attempt(() => plan(library, parseCel(test.expr))(bindingsOf(test) as never));

function asCondition(test: SimpleTest): CelResult {
  const bindings = bindingsOf(test);
  return attempt(() => {
    const parsed = parseCel(test.expr);
    makeLenient(parsed.expr, new Set(), new Set(Object.keys(bindings)));
    meter.begin();
    return plan(environment, parsed)(bindings as never);
  });
}

const isSame = plan(celEnv({ registry }), parseCel('type(a) == type(b) && (a == b || a != a && b != b)'));

/** Whether a result is what the data says: an error, a value, or, where it says nothing, true. */
function conforms({ resultMatcher: wanted }: SimpleTest, result: CelResult): boolean {
  if (wanted.case === 'evalError') return isCelError(result);
  if (isCelError(result)) return false;
  const value =
    wanted.case === 'value' ? wanted.value : wanted.case === 'typedResult' ? wanted.value.result : undefined;
  return isSame({ a: result, b: value ? inputOf(value) : true } as never) === true;
}

const cases = casesOf();
const failing = (run: (test: SimpleTest) => CelResult) =>
  cases.filter(({ test }) => !conforms(test, run(test))).map(({ name }) => name);
const listed = (...where: string[]) =>
  Object.keys(differences).filter((name) => where.includes(differences[name]!.where));

describe('conformance to CEL', () => {
  it('covers every part a condition may use', () => {
    expect(new Set(cases.map(({ name }) => name.split('/', 1)[0]))).toEqual(new Set(parts));
    expect(cases.length).toBeGreaterThan(1_200);
  });

  it('of the library is complete but for the cases listed', () => {
    expect(failing(byLibrary)).toEqual(listed('library and conditions'));
  });

  it('of conditions is that of the library, except that a missing part is null', () => {
    expect(failing(asCondition)).toEqual(listed('library and conditions', 'conditions'));
  });

  it('is told on its page as it is', () => {
    const page = readFileSync(join(__dirname, '../../../../docs/reference/cel-conformance.md'), 'utf8');
    const rows = Object.entries(differences).map(([name, { where, why }]) => {
      const { expr } = cases.find((one) => one.name === name)!.test;
      return `|${name}|${expr}|${where}|${why}|`;
    });
    // How a table is laid out is the formatter's business.
    const bare = (line: string) => line.replace(/[ `]/g, '');
    const told = page.split('\n').filter((line) => /^\| \w+\//.test(line));
    expect(told.map(bare)).toEqual(rows.map(bare));
    expect(page).toContain(`${cases.length.toLocaleString('en')} cases`);
    for (const part of parts) expect(page).toContain(`\`${part}\``);
  });
});
