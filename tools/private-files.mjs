import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivateFile(path, text) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The text of a private file, made with `make()` when it is not there yet. */
export function keepPrivateFile(path, make) {
  if (!existsSync(path)) writePrivateFile(path, make());
  return readFileSync(path, 'utf8');
}

/** The value in a JSON file, or `otherwise` when there is none. */
export function readJsonFile(path, otherwise) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : otherwise;
}
