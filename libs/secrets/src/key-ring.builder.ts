import { randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring';

/** A key ring with random keys of these ids; the first is active. */
export function aKeyRing(...ids: string[]): KeyRing {
  const names = ids.length === 0 ? ['k1'] : ids;
  return { active: names[0]!, keys: new Map(names.map((id) => [id, randomBytes(32)])) };
}
