import type { Scope } from '@patchbay/template';
import type { Json, JsonObject } from './json';
import { renderSaveValue, type ValueTree } from './value-tree';

/** `response.save`, parsed: attached-data key and what is saved under it. */
export type SaveTemplate = [key: string, tree: ValueTree];

export const saveLimits = { value: 16 * 1024, total: 64 * 1024 } as const;

export interface SaveReading {
  save: JsonObject;
  notDone: { name: string; reason: string }[];
}

/** What an answer saves. Missing values skip their key; values over the limits are not saved and said so. */
export function readSave(templates: SaveTemplate[], scope: Scope): SaveReading {
  const save: JsonObject = {};
  const notDone: SaveReading['notDone'] = [];
  // At most what is saved so far weighs; measured exactly only when that could make a difference.
  let bound = 0;
  for (const [key, tree] of templates) {
    const value = renderSaveValue(tree, scope);
    if (value === undefined) continue;
    let size = sizeAtMost(value);
    if (size > saveLimits.value) size = byteLength(value);
    if (size > saveLimits.value) {
      notDone.push({ name: key, reason: `the value is larger than ${saveLimits.value} bytes` });
      continue;
    }
    if (bound + size > saveLimits.total) {
      bound = Object.values(save).reduce<number>((sum, saved) => sum + byteLength(saved), 0);
      size = byteLength(value);
    }
    if (bound + size > saveLimits.total) {
      notDone.push({ name: key, reason: `the values together are larger than ${saveLimits.total} bytes` });
      continue;
    }
    bound += size;
    save[key] = value;
  }
  return { save, notDone };
}

/** Escaped and in UTF-8 a character takes 6 bytes at most, and a number or a word fewer than 32. */
function sizeAtMost(value: Json): number {
  if (typeof value === 'string') return value.length * 6 + 2;
  if (typeof value !== 'object' || value === null) return 32;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += sizeAtMost(item) + 1;
  else for (const key in value) size += key.length * 6 + 4 + sizeAtMost(value[key]!);
  return size;
}

const encoder = new TextEncoder();

function byteLength(value: Json): number {
  return encoder.encode(JSON.stringify(value)).length;
}

/** A key of attached data is a valid XML element name, and none that leads out of the data. */
export const saveKeyPattern =
  /^(?![xX][mM][lL])(?!(?:__proto__|prototype|constructor)$)[\p{L}_][\p{L}\p{N}\p{M}._·-]*$/u;
