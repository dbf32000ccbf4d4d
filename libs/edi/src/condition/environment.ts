import {
  CelScalar,
  celEnv,
  celError,
  celFunc,
  celList,
  isCelError,
  isCelList,
  isCelMap,
  isCelUint,
  listType,
  type CelEnv,
  type CelInput,
  type CelList,
  type CelResult,
  type CelValue,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { RE2JS } from '@bufbuild/re2';
import { calendarOf } from './calendar';
import { meter, prices, priceOf } from './cost';

/** Functions that only rewriting puts into an expression; no source can name them. */
export const hidden = { part: '@part', range: '@range', step: '@step', append: '@append', test: '@test' } as const;

type Call = (target: CelValue | undefined, args: CelValue[]) => CelValue;

/** As in placeholders: a missing part, and any part of null, is null. Only maps and lists have parts. */
function partOf(value: CelValue | undefined, key: CelValue | undefined): CelValue {
  if (isCelMap(value)) return value.get(key as string) ?? null;
  if (!isCelList(value)) return null;
  const index = isCelUint(key) ? Number(key.value) : typeof key === 'bigint' ? Number(key) : key;
  return typeof index === 'number' && Number.isInteger(index) ? (value.get(index) ?? null) : null;
}

const growing = new WeakMap<CelList, CelInput[]>();

/** `map` and `filter` gather their result one by one; a new list each time would take quadratic time, and the stack. */
function append(list: CelList, element: CelValue): CelList {
  const elements = growing.get(list);
  if (elements) {
    elements.push(element);
    return list;
  }
  const grown = [...list, element];
  const view = celList(grown);
  growing.set(view, grown);
  return view;
}

const rewritten = new Map<string, Call>([
  [hidden.part, (_, [value, key]) => partOf(value, key)],
  [
    hidden.range,
    (_, [range]) => {
      if (isCelList(range) || isCelMap(range)) meter.charge(range.size * prices.element);
      return range!;
    },
  ],
  [
    hidden.step,
    (_, [goesOn, cost]) => {
      meter.charge(cost as number);
      return goesOn!;
    },
  ],
  [hidden.append, (_, [list, element]) => append(list as CelList, element!)],
]);

/** Errors in a loop come by the thousand, and each takes long to make. */
function test(id: number, value: CelValue | undefined) {
  if (typeof value === 'boolean') return value;
  meter.charge(prices.error);
  return celError('true or false expected', id);
}

const list = listType(CelScalar.DYN);
const concat = celFunc('_+_', [list, list], list, (left, right) => celList([...left, ...right]));
const patterns = new Map<string, RE2JS>();
const mostPatterns = 500;
const longestPattern = 1_000;

/** A pattern, compiled; compiled ones are kept. Throws, in the words of RE2, when it is none. */
export function patternOf(source: string): RE2JS {
  let pattern = patterns.get(source);
  if (pattern) return pattern;
  if (source.length > longestPattern) throw new Error(`a pattern has at most ${longestPattern} characters`);
  pattern = RE2JS.compile(source);
  if (patterns.size >= mostPatterns) patterns.clear();
  patterns.set(source, pattern);
  meter.charge(pattern.re2().prog.numInst() * prices.instruction);
  return pattern;
}

/** RE2 takes time in proportion to the text, but each character may visit every instruction of the pattern. */
const matches = {
  compile: (source: string) => ({
    test(text: string): boolean {
      const pattern = patternOf(source);
      meter.charge(text.length * (0.5 + pattern.re2().prog.numInst() / 20));
      return pattern.test(text);
    },
  }),
};

const plain = celEnv({ funcs: strings });

/** The names of all functions a source may call. */
export const functionNames: ReadonlySet<string> = new Set([...plain.funcs].map(({ name }) => name));

/** CEL's standard functions and its strings extension, every call charged to the meter before it runs. */
export const environment = metered(celEnv({ funcs: [...strings, ...calendarOf(plain.funcs), concat], re2: matches }));

type Functions = CelEnv['funcs'];
type Group = NonNullable<ReturnType<Functions['find']>>;

function metered(env: CelEnv): CelEnv {
  const groups = new Map<string, Group | undefined>();
  const find = (name: string) => {
    if (!groups.has(name)) groups.set(name, groupOf(name));
    return groups.get(name);
  };
  const groupOf = (name: string): Group | undefined => {
    const call = name === hidden.test ? (id: number, _: unknown, [value]: CelValue[]) => test(id, value) : callOf(name);
    if (call) return { name, call, [Symbol.iterator]: () => [][Symbol.iterator]() };
    const group = env.funcs.find(name);
    return group && remembering(meteredGroup(group));
  };
  // The library's planner asks its environment for functions by name; everything else is answered by the original.
  const funcs: Functions = Object.create(env.funcs, { find: { value: find } });
  return Object.create(env, { funcs: { value: funcs } });
}

const timeFunctions = ['timestamp', 'duration'];
const longestTime = 64;
const mostTimes = 1_000;

/** Times are read from the same few texts again and again, which takes ten times as long as everything around them. */
function remembering(group: Group): Group {
  if (!timeFunctions.includes(group.name)) return group;
  const known = new Map<string, CelResult>();
  return {
    name: group.name,
    [Symbol.iterator]: () => group[Symbol.iterator](),
    call(id, target, args) {
      const [text] = args;
      if (typeof text !== 'string' || text.length > longestTime || args.length > 1) return group.call(id, target, args);
      const time = known.get(text) ?? group.call(id, target, args);
      if (time === undefined || isCelError(time)) return time;
      if (known.size >= mostTimes) known.clear();
      known.set(text, time);
      return time;
    },
  };
}

function callOf(name: string) {
  const call = rewritten.get(name);
  return call && ((_id: number, target: CelValue | undefined, args: CelValue[]) => call(target, args));
}

function meteredGroup(group: Group): Group {
  const price = priceOf(group.name);
  return {
    name: group.name,
    [Symbol.iterator]: () => group[Symbol.iterator](),
    call(id, target, args) {
      price(target === undefined ? args : [target, ...args]);
      const result = group.call(id, target, args);
      if (result === undefined || isCelError(result)) meter.charge(prices.error);
      return result;
    },
  };
}
