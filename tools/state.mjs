import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault } from './fault.mjs';
import { readJsonFile, writePrivateFile } from './private-files.mjs';
import { isRunning, stopProcess } from './processes.mjs';
import { identifyProcess } from './process-identity.mjs';
import { isRoot } from './workspace.mjs';

const marker = '.patchbay-state';

/**
 * Opens the folder that holds everything kept between two starts, and claims it for this launcher. Faults: a folder
 * with other things in it, a launcher that is already running.
 */
export function openState(folder) {
  const path = (...parts) => join(resolve(folder), ...parts);
  makeFolder(resolve(folder), path(marker));
  claim(path('launcher.json'), resolve(folder));
  const settings = () => readJsonFile(path('settings.json'), {});
  const processes = () => readJsonFile(path('processes.json'), []);
  return {
    folder: resolve(folder),
    path,
    /** A folder in it that only the owner may enter. */
    makeFolder(name) {
      mkdirSync(path(name), { recursive: true, mode: 0o700 });
      return path(name);
    },
    settings,
    keep: (changes) => writePrivateFile(path('settings.json'), toJson({ ...settings(), ...changes })),
    processes,
    /** Notes a started process, so that the next launcher finds it should this one be killed. */
    remember({ name, pid, identity, signal }) {
      const others = processes().filter((other) => other.name !== name);
      writePrivateFile(path('processes.json'), toJson([...others, { name, pid, identity, signal }]));
    },
    empty() {
      const kept = [marker, 'launcher.json'];
      for (const name of readdirSync(resolve(folder))) {
        if (!kept.includes(name)) rmSync(path(name), { recursive: true, force: true });
      }
    },
    release() {
      rmSync(path('processes.json'), { force: true });
      rmSync(path('launcher.json'), { force: true });
    },
  };
}

/** Stops what a launcher that was killed has left running; returns the names. */
export async function stopLeftOvers(state) {
  const left = state.processes().filter(isRunning).reverse();
  for (const subject of left) await stopProcess(subject, 20_000);
  return left.map(({ name }) => name);
}

function makeFolder(folder, markerFile) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(markerFile) && readdirSync(folder).length > 0) {
    throw new Fault(`${folder} holds other things. Give an empty folder, or one that Patchbay made, as --state.`);
  }
  writeFileSync(markerFile, 'Made by "npm start" of Patchbay; "npm start -- --fresh" empties it.\n');
  // Root's PostgreSQL runs as another user, who must be able to pass through; what is private inside is private itself.
  chmodSync(folder, isRoot() ? 0o711 : 0o700);
}

function claim(file, folder) {
  const holder = readJsonFile(file, undefined);
  if (holder && isRunning(holder)) {
    throw new Fault(
      `Patchbay is already running from ${folder} (process ${holder.pid}).\n` +
        'Stop it there with Ctrl-C, or start a second one with another folder: npm start -- --state DIR',
    );
  }
  writePrivateFile(file, toJson({ pid: process.pid, identity: identifyProcess(process.pid) }));
}

function toJson(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
