import { isCelList, isCelMap, type CelValue } from '@bufbuild/cel';

/**
 * What one evaluation may cost, in units of about a microsecond. A typical condition costs nothing to speak of: only
 * loops, long texts and lists, times and errors count, since everything else is bounded by the size of the source.
 * Measured with events of 256 KiB made for it (dos.spec.ts; 2 cores, busy with other work, Node 20): most are stopped
 * within 0.1 s, the slowest, a loop over times in a named zone, after 0.3 s. Looking for one text in 25,000 is well
 * within.
 */
export const costLimit = 100_000;

/** Prices in the same unit, as measured. An error is dear because it records where it happened. */
export const prices = {
  node: 0.25,
  error: 20,
  element: 0.4,
  time: 5,
  wallClock: 15,
  zone: 300,
  instruction: 10,
} as const;

/** The condition asked for more than one evaluation may cost. */
export class CostExceeded extends Error {
  constructor() {
    super('the condition takes too long for this event: it loops over too much, or over texts that are too long');
  }
}

/** Counts what the running evaluation has cost. */
export class Meter {
  private left = costLimit;

  begin(): void {
    this.left = costLimit;
  }

  get spent(): number {
    return costLimit - this.left;
  }

  charge(cost: number): void {
    this.left -= cost;
    if (this.left < 0) throw new CostExceeded();
  }

  /** Charges for looking at every element of lists and maps, however deep, and at the length of every text. */
  chargeDeeply(value: CelValue): void {
    this.charge(prices.element + lengthOf(value) / 100);
    if (isCelList(value)) for (const element of value) this.chargeDeeply(element);
    if (isCelMap(value)) for (const element of value.values()) this.chargeDeeply(element);
  }
}

/** Evaluations never overlap, so one meter serves them all. */
export const meter = new Meter();

/** Characters of a text, bytes of bytes, elements of a list; 0 for anything else. */
export function lengthOf(value: CelValue | undefined): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  return isCelList(value) ? value.size : 0;
}

/** What a call costs beyond its place in the source, when its cost does not just grow with the length of its texts. */
type Price = (values: (CelValue | undefined)[]) => void;

const compare: Price = ([left, right]) => {
  if (isContainer(left) && isContainer(right)) meter.chargeDeeply(left ?? null);
  else if (typeof left === 'string' && typeof right === 'string') meter.charge(left.length / 5_000);
};

// Searching one text in another compares, at worst, every place with the whole text: 8 s for 128 KiB in 256 KiB.
const search: Price = ([text, part]) => {
  meter.charge(lengthOf(text) / 100 + (lengthOf(text) * lengthOf(part)) / 1_000);
};

const split: Price = ([text, separator]) => {
  search([text, separator]);
  meter.charge(lengthOf(text) / Math.max(1, lengthOf(separator)) / 10);
};

// Each replacement copies the whole text once.
const replace: Price = ([text, part, by]) => {
  search([text, part]);
  const replacements = lengthOf(text) / Math.max(1, lengthOf(part)) + 1;
  meter.charge((replacements * (lengthOf(text) + replacements * lengthOf(by))) / 1_000);
};

const join: Price = ([list, separator]) => {
  if (!isCelList(list)) return;
  meter.chargeDeeply(list);
  meter.charge((list.size * lengthOf(separator)) / 100);
};

const format: Price = ([text, values]) => {
  meter.charge(lengthOf(text) / 10);
  if (isCelList(values)) for (const value of values) meter.chargeDeeply(value);
};

const parseTime: Price = ([value]) => {
  meter.charge(prices.time + lengthOf(value) / 100);
};

/** By function; of the others the length of all texts counts. */
const priced: Record<string, Price> = {
  '_==_': compare,
  '_!=_': compare,
  '@in': ([value, list]) => {
    if (isContainer(value)) meter.chargeDeeply(list ?? null);
    else if (isCelList(list)) meter.charge(list.size * prices.element);
  },
  '_+_': ([left, right]) => meter.charge((lengthOf(left) + lengthOf(right)) / (isCelList(left) ? 5 : 1_000)),
  timestamp: parseTime,
  duration: parseTime,
  int: ([value]) => meter.charge(lengthOf(value) / 5),
  uint: ([value]) => meter.charge(lengthOf(value) / 5),
  contains: search,
  indexOf: search,
  lastIndexOf: search,
  split,
  replace,
  join,
  format,
};

const byLength: Price = (values) => {
  for (const value of values) if (!isCelList(value)) meter.charge(lengthOf(value) / 20);
};

/** How a function charges for a call, given its target (if any) and arguments. */
export function priceOf(name: string): Price {
  return priced[name] ?? byLength;
}

function isContainer(value: CelValue | undefined): boolean {
  return isCelList(value) || isCelMap(value);
}
