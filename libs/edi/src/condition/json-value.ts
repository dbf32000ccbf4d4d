import { celList, celMap, type CelInput } from '@bufbuild/cel';
import type { Json, JsonObject } from '../json';
import type { Path } from './cel-tree';

// The library's own conversion asks a value for `constructor` and `$typeName`, which an event may name as it likes; so
// data is shown to it through these views, which know own properties only and convert what is looked at.

/** Follows a path: a missing part, and any part of null, is null. Only objects have names, only arrays indexes. */
export function follow(value: Json | undefined, parts: Path['parts']): Json {
  let at: Json | undefined = value;
  for (const part of parts) {
    if (typeof at !== 'object' || at === null) return null;
    if (typeof part === 'number') at = Array.isArray(at) ? at[part] : null;
    else at = !Array.isArray(at) && Object.hasOwn(at, part) ? at[part] : null;
  }
  return at ?? null;
}

/** JSON as CEL sees it. Arrays met more than once are converted once: `seen` lives as long as one evaluation. */
export function viewOf(value: Json, seen: Map<object, CelInput>): CelInput {
  if (typeof value !== 'object' || value === null) return value;
  let view = seen.get(value);
  if (view === undefined) {
    view = Array.isArray(value)
      ? celList(value.map((element) => viewOf(element, seen)))
      : celMap(new ObjectView(value, seen));
    seen.set(value, view);
  }
  return view;
}

class ObjectView implements ReadonlyMap<string, CelInput> {
  constructor(
    private readonly object: JsonObject,
    private readonly seen: Map<object, CelInput>,
  ) {}

  get size(): number {
    return Object.keys(this.object).length;
  }

  // CEL asks a map with keys of any type.
  get(key: unknown): CelInput | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.object, key)) return undefined;
    return viewOf(this.object[key] ?? null, this.seen);
  }

  has(key: unknown): boolean {
    return typeof key === 'string' && Object.hasOwn(this.object, key);
  }

  keys(): MapIterator<string> {
    return Object.keys(this.object).values();
  }

  *values(): MapIterator<CelInput> {
    for (const value of Object.values(this.object)) yield viewOf(value, this.seen);
  }

  *entries(): MapIterator<[string, CelInput]> {
    for (const [key, value] of Object.entries(this.object)) yield [key, viewOf(value, this.seen)];
  }

  [Symbol.iterator](): MapIterator<[string, CelInput]> {
    return this.entries();
  }

  forEach(callback: (value: CelInput, key: string, map: ReadonlyMap<string, CelInput>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }
}
