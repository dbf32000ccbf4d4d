import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Names of the apps that can be built, in alphabetical order. */
export function appNames() {
  return readdirSync(join(root, 'apps')).filter((name) => existsSync(join(root, 'apps', name, 'src', 'main.ts')));
}

const systemFolders = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
];

/** The path of an executable on PATH or in a system folder, or undefined. */
export function findExecutable(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).concat(systemFolders);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Whether the path leads to a file that may be run. */
export function isExecutable(path) {
  return existsSync(path) && statSync(path).isFile() && (statSync(path).mode & 0o111) !== 0;
}

/** Whether this process runs with the rights of root. */
export function isRoot() {
  return process.getuid?.() === 0;
}
