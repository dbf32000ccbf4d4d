import { readFileSync } from 'node:fs';

/** Key-encryption keys by id, 32 bytes each; the active one seals, the others still open. */
export interface KeyRing {
  readonly active: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** A key ring file is unusable; the message lists everything that is wrong with it, and no key. */
export class KeyRingFault extends Error {
  constructor(where: string, faults: string[]) {
    super(`key ring ${where}: ${faults.join('; ')}`);
    this.name = 'KeyRingFault';
  }
}

const form = '{"active":"k1","keys":{"k1":"<base64 of 32 bytes>"}}';

/** Reads the file `{"active":"k1","keys":{"k1":"<base64 of 32 bytes>"}}`; throws KeyRingFault with all faults at once. */
export function loadKeyRing(path: string): KeyRing {
  return readKeyRing(readText(path), path);
}

/** The key ring in a file's text; `where` is how faults name the file. */
export function readKeyRing(text: string, where: string): KeyRing {
  const { active, keys } = parse(text, where);
  const entries = Object.entries(isObject(keys) ? keys : {});
  const faults = [...faultsOfForm(active, keys), ...entries.flatMap(([id, key]) => faultsOfKey(id, key))];
  if (faults.length > 0) throw new KeyRingFault(where, faults);
  return {
    active: String(active),
    keys: new Map(entries.map(([id, key]) => [id, Buffer.from(String(key), 'base64')])),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new KeyRingFault(path, [`cannot be read (${codeOf(error)}); it must be a file of the form ${form}`]);
  }
}

function parse(text: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // JSON.parse quotes the text in its message, and the text holds keys.
  }
  throw new KeyRingFault(where, [`is not a JSON object of the form ${form}`]);
}

function faultsOfForm(active: unknown, keys: unknown): string[] {
  const faults: string[] = [];
  if (!isObject(keys) || Object.keys(keys).length === 0) faults.push('"keys" must be an object with at least one key');
  if (typeof active !== 'string') faults.push('"active" must be the id of the key that seals');
  else if (isObject(keys) && !Object.hasOwn(keys, active))
    faults.push(`"active" names "${active}", which is not in "keys"`);
  return faults;
}

function faultsOfKey(id: string, key: unknown): string[] {
  const faults: string[] = [];
  const name = JSON.stringify(id);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) faults.push(`key id ${name} must be 1 to 64 letters, digits, "-" or "_"`);
  if (typeof key !== 'string' || !/^[A-Za-z0-9+/]{43}=$/.test(key))
    faults.push(`key ${name} must be 32 bytes in base64`);
  return faults;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function codeOf(error: unknown): string {
  return isObject(error) && 'code' in error ? String(error.code) : 'unknown error';
}
