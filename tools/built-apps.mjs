import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

const sharedSources = ['libs', 'tsconfig.base.json', 'package-lock.json', 'tools/build.mjs'];

/** Whether the bundle of an app is younger than every source it may have been made of. */
export function isBuilt(app, workspace = root) {
  const bundle = join(workspace, 'dist', 'apps', app, 'main.js');
  if (!existsSync(bundle)) return false;
  const sources = [...sharedSources, join('apps', app)].map((name) => join(workspace, name));
  return Math.max(...sources.map(lastChange)) < statSync(bundle).mtimeMs;
}

/** When a file, or anything in a folder, was last changed; a folder itself changes when something is taken out of it. */
function lastChange(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => lastChange(join(path, name))));
}
