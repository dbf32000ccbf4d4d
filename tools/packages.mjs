import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault.mjs';
import { readJsonFile } from './private-files.mjs';
import { runCommand } from './processes.mjs';
import { root } from './workspace.mjs';

/** Runs `npm ci` unless node_modules holds exactly what the lock file says. */
export async function installPackagesOfLock(note) {
  const missing = differences(join(root, 'package-lock.json'), join(root, 'node_modules', '.package-lock.json'));
  if (missing.length === 0) return note('as the lock file says');
  note('npm ci');
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const [command, ...before] = npmCommand();
  const { code, output } = await runCommand(command, [...before, ...args], { cwd: root });
  if (code === 0) return note('installed with npm ci');
  const said = output.trimEnd().split('\n').slice(-15);
  throw new Fault(`npm ci failed:\n${said.map((line) => `    ${line}`).join('\n')}`);
}

/** The command that is npm: the one that runs us, when it does. */
function npmCommand() {
  const running = process.env.npm_execpath;
  return running && /npm-cli\.[cm]?js$/.test(running) && existsSync(running) ? [process.execPath, running] : ['npm'];
}

/**
 * Where what is installed differs from the lock file: paths of packages. npm writes down what it has installed once
 * all is in place, so an interrupted installation counts as none. Packages for other platforms may be missing.
 */
export function differences(lockFile, installedFile) {
  const wanted = Object.entries(readJsonFile(lockFile, {}).packages ?? {}).filter(([path]) => path !== '');
  const installed = readJsonFile(installedFile, {}).packages ?? {};
  return wanted.filter(([path, entry]) => !matches(entry, installed[path])).map(([path]) => path);
}

function matches(entry, installed) {
  if (!installed) return Boolean(entry.optional || entry.devOptional || entry.peer);
  return installed.version === entry.version && installed.integrity === entry.integrity;
}
