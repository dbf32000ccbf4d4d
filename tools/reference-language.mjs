import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { root } from './workspace.mjs';

/** The registries: one export is one entry. */
export const registryFiles = {
  lifecycleEvents: 'libs/edi/src/lifecycle/events.ts',
  setOperations: 'libs/edi/src/set/operations.ts',
  authenticationKinds: 'libs/edi/src/auth/kinds.ts',
  requestProperties: 'libs/edi/src/request-properties/properties.ts',
};

/**
 * The language as it runs, out of the sources: what tools/reference-entry.mjs exports, and each registry as a list of
 * `[name, entry]` in the order of its file. `instead` maps source files to files that are read in their place.
 */
export async function loadLanguage(instead = {}) {
  const folder = await makeFolder();
  try {
    const output = relative(root, join(folder, 'language.js'));
    const changes = Object.entries(instead).flatMap(([file, other]) => ['--instead', `${file}=${other}`]);
    // The bundler is an ES module and jest cannot load one, so it runs outside, for the generator and its spec alike.
    const command = [join(root, 'tools/bundle.mjs'), 'tools/reference-entry.mjs', output, ...changes];
    await promisify(execFile)(process.execPath, command, { cwd: root });
    const language = createRequire(import.meta.url)(join(root, output));
    return { ...language, ...(await orderedRegistries(language, instead)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Below the checkout, where the bundle finds its packages. */
async function makeFolder() {
  await mkdir(join(root, 'dist/making'), { recursive: true });
  return mkdtemp(join(root, 'dist/making/language-'));
}

/** A bundled namespace lists its names by the alphabet; readers want received before queued. */
async function orderedRegistries(language, instead) {
  const lists = Object.entries(registryFiles).map(async ([registry, file]) => {
    const text = await readFile(resolve(root, instead[file] ?? file), 'utf8');
    const placeOf = ([name]) => text.search(new RegExp(`export const ${name}\\b`));
    return [registry, Object.entries(language[registry]).sort((one, other) => placeOf(one) - placeOf(other))];
  });
  return Object.fromEntries(await Promise.all(lists));
}
