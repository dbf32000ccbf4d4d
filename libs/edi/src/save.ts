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
  let total = 0;
  for (const [key, tree] of templates) {
    const value = renderSaveValue(tree, scope);
    if (value === undefined) continue;
    const size = byteLength(value);
    if (size > saveLimits.value)
      notDone.push({ name: key, reason: `the value is larger than ${saveLimits.value} bytes` });
    else if (total + size > saveLimits.total) {
      notDone.push({ name: key, reason: `the values together are larger than ${saveLimits.total} bytes` });
    } else {
      total += size;
      save[key] = value;
    }
  }
  return { save, notDone };
}

const encoder = new TextEncoder();

function byteLength(value: Json): number {
  const text = JSON.stringify(value);
  return text.length * 3 <= saveLimits.value ? text.length : encoder.encode(text).length;
}

/** A key of attached data is a valid XML element name, and none that leads out of the data. */
export const saveKeyPattern =
  /^(?![xX][mM][lL])(?!(?:__proto__|prototype|constructor)$)[\p{L}_][\p{L}\p{N}\p{M}._·-]*$/u;
