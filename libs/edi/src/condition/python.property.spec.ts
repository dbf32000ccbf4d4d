import fc from 'fast-check';
import { compileCondition } from '.';
import { normaliseEvent } from '../event';
import type { Json } from '../json';

// Conditions as trees; each is written down as Python, and given its value as Python would.
type Value =
  | { is: 'literal'; value: string | number | boolean | null }
  | { is: 'path'; path: (string | number)[]; getter: boolean }
  | { is: 'lower'; of: Value }
  | { is: 'random' }
  | { is: 'randrange'; from: number; to: number }
  | { is: 'age' };
type Test =
  | { is: 'and' | 'or'; of: Test[] }
  | { is: 'not'; of: Test }
  | { is: 'compare'; sign: string; left: Value; right: Value }
  | { is: 'member'; negated: boolean; left: Value; list: Value[] }
  | { is: 'value'; of: Value };

const { event, contact } = normaliseEvent(
  {
    event: { name: 'queued', datetime: '2026-01-02T03:04:05Z' },
    contact: {
      id: 'C1',
      channel_type: 'chat',
      direction: 'inbound',
      priority: 50,
      source: '+358',
      created: '2026-01-02T03:00:00Z',
      queue: { id: 'Q1', address: '' },
      skills: [{ id: 's', value: 5 }],
      attached_data: {
        tier: 'Gold',
        count: 0,
        half: 0.5,
        yes: true,
        no: false,
        nothing: null,
        list: [],
        many: [1, 'a'],
        map: {},
      },
    },
  },
  (seed) => seed,
);
const moment = { now: Date.parse('2026-01-02T03:04:05Z'), random: 0.37 };

/** Python gives an error here, or an answer that depends on True being 1; nothing is claimed then. */
class Unclaimed extends Error {}

function valueOf(value: Value): Json {
  switch (value.is) {
    case 'literal':
      return value.value;
    case 'path':
      return value.path.reduce<Json>((at, part) => (at as { [key: string]: Json } | null)?.[part] ?? null, contact);
    case 'lower': {
      const text = valueOf(value.of);
      if (typeof text !== 'string') throw new Unclaimed();
      return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    }
    case 'random':
      return moment.random;
    case 'randrange':
      return value.from + Math.floor(moment.random * (value.to - value.from));
    case 'age':
      return 245;
  }
}

function isEqual(left: Json, right: Json): boolean {
  if (typeof left !== typeof right && [typeof left, typeof right].includes('boolean')) {
    if ([typeof left, typeof right].includes('number')) throw new Unclaimed();
  }
  return JSON.stringify(left) === JSON.stringify(right);
}

function compare(sign: string, left: Json, right: Json): boolean {
  if (sign === '==') return isEqual(left, right);
  if (sign === '!=') return !isEqual(left, right);
  const [a, b] = [left, right] as [number, number];
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) throw new Unclaimed();
  return { '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[sign]!;
}

function isTrue(value: Json): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

function holds(test: Test): boolean {
  switch (test.is) {
    case 'and':
      return test.of.every(holds);
    case 'or':
      return test.of.some(holds);
    case 'not':
      return !holds(test.of);
    case 'compare':
      return compare(test.sign, valueOf(test.left), valueOf(test.right));
    case 'member': {
      const left = valueOf(test.left);
      const list = test.list.map(valueOf);
      return list.some((item) => isEqual(left, item)) !== test.negated;
    }
    case 'value':
      return isTrue(valueOf(test.of));
  }
}

function textOf(text: string): string {
  const signs = [...text].map((sign) => {
    const code = sign.codePointAt(0)!;
    if (sign === "'" || sign === '\\') return `\\${sign}`;
    return code < 32 || code === 127 ? `\\x${code.toString(16).padStart(2, '0')}` : sign;
  });
  return `'${signs.join('')}'`;
}

function write(value: Value): string {
  switch (value.is) {
    case 'literal':
      if (typeof value.value === 'string') return textOf(value.value);
      if (value.value === null) return 'None';
      return typeof value.value === 'boolean' ? (value.value ? 'True' : 'False') : String(value.value);
    case 'path': {
      const [first, ...rest] = value.path;
      const start = value.getter ? `contact.get_${first}()` : `contact.${first}`;
      return start + rest.map((part) => (typeof part === 'number' ? `[${part}]` : `['${part}']`)).join('');
    }
    case 'lower':
      return `${write(value.of)}.lower()`;
    case 'random':
      return 'random.random()';
    case 'randrange':
      return `random.randrange(${value.from}, ${value.to})`;
    case 'age':
      return 'contact.get_seconds_since_created()';
  }
}

const tightness = { or: 1, and: 2, not: 3, compare: 4, member: 4, value: 5 };

function writeTest(test: Test, within = 0): string {
  const own = tightness[test.is];
  const python = (() => {
    switch (test.is) {
      case 'and':
      case 'or':
        return test.of.map((part) => writeTest(part, own)).join(` ${test.is} `);
      case 'not':
        return `not ${writeTest(test.of, own)}`;
      case 'compare':
        return `${write(test.left)} ${test.sign} ${write(test.right)}`;
      case 'member':
        return `${write(test.left)} ${test.negated ? 'not in' : 'in'} (${test.list.map((item) => `${write(item)}, `).join('')})`;
      case 'value':
        return write(test.of);
    }
  })();
  return own < within ? `(${python})` : python;
}

const texts = fc.oneof(
  fc.constantFrom('', 'chat', 'gold', 'Q1', '+358', "it's", '\\n'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const numbers = fc.oneof(fc.constantFrom(0, 1, 50, 0.5, -1, 245, 2.5e-7), fc.integer());
const literal = fc
  .oneof(texts, numbers, fc.boolean(), fc.constant(null))
  .map((value): Value => ({ is: 'literal', value }));
const paths: (string | number)[][] = [
  ...['source', 'channel_type', 'priority', 'queue', 'agent', 'skills', 'attached_data'].map((name) => [name]),
  ...['tier', 'count', 'half', 'yes', 'no', 'nothing', 'list', 'many', 'map', 'missing'].map((name) => [
    'attached_data',
    name,
  ]),
  ['queue', 'id'],
  ['queue', 'address'],
  ['agent', 'id'],
  ['skills', 0, 'value'],
  ['attached_data', 'many', 1],
];
const path = fc.record({ is: fc.constant('path' as const), path: fc.constantFrom(...paths), getter: fc.boolean() });
const range = fc.record({
  is: fc.constant('randrange' as const),
  from: fc.integer({ min: -50, max: 50 }),
  to: fc.integer({ min: 51, max: 200 }),
});
const simple: fc.Arbitrary<Value> = fc.oneof(
  literal,
  path,
  path,
  range,
  fc.constant<Value>({ is: 'random' }),
  fc.constant<Value>({ is: 'age' }),
);
const lower = fc
  .oneof(
    path,
    texts.map((value): Value => ({ is: 'literal', value })),
  )
  .map((of): Value => ({ is: 'lower', of }));
const value = fc.oneof({ arbitrary: simple, weight: 5 }, { arbitrary: lower, weight: 1 });
const sign = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const { test } = fc.letrec<{ test: Test }>((tie) => ({
  test: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ is: fc.constant('compare' as const), sign, left: value, right: value }),
    fc.record({
      is: fc.constant('member' as const),
      negated: fc.boolean(),
      left: value,
      list: fc.array(value, { maxLength: 4 }),
    }),
    fc.record({ is: fc.constant('value' as const), of: value }),
    fc.record({ is: fc.constant('not' as const), of: tie('test') }),
    fc.record({
      is: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('test'), { minLength: 2, maxLength: 4 }),
    }),
  ),
}));

describe('a condition in the Python subset', () => {
  it('gives what Python gives, wherever that gives true or false', () => {
    let claimed = 0;
    fc.assert(
      fc.property(test, (tree) => {
        const source = writeTest(tree);
        const condition = compileCondition(source);
        if ('fault' in condition) {
          expect(condition.fault).toMatch(/nests more than|at most/);
          return;
        }
        // A lone value such as contact.source is valid CEL, and there a value is not true or false.
        if (tree.is === 'value' && condition.cel === source) return;
        try {
          const expected = { holds: holds(tree) };
          claimed++;
          expect({ source, cel: condition.cel, ...condition.evaluate(event, contact, moment) }).toMatchObject(expected);
        } catch (error) {
          if (!(error instanceof Unclaimed)) throw error;
        }
      }),
      { numRuns: 400 },
    );
    expect(claimed).toBeGreaterThan(100);
  });
});
