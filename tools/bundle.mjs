// node tools/bundle.mjs ENTRY OUTPUT [--instead FILE=OTHER]...: bundles one entry and the libraries it uses into one
// CommonJS file that plain Node runs. With --instead, OTHER is read in place of the source FILE.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { root } from './workspace.mjs';

/**
 * Bundles `entry` into `output`; both relative to the checkout. `output` has to lie below it, so that packages are
 * found. `instead` maps source files to the files that are read in their place.
 */
export async function bundle(entry, output, instead = {}) {
  const build = await rolldown({
    cwd: root,
    input: entry,
    platform: 'node',
    tsconfig: 'tsconfig.base.json',
    // Packages stay in node_modules; our libraries and the compiler's own helpers go into the bundle.
    external: (id) => !/^(\.|\/|\0|@patchbay\/|@oxc-project\/)/.test(id),
    plugins: [readInstead(instead)],
  });
  await build.write({ file: join(root, output), format: 'cjs', sourcemap: 'inline', keepNames: true });
  await build.close();
}

function readInstead(instead) {
  const others = new Map(Object.entries(instead).map(([file, other]) => [join(root, file), resolve(root, other)]));
  return {
    name: 'read-instead',
    async load(id) {
      const other = others.get(id);
      return other && { code: await readFile(other, 'utf8'), moduleType: 'ts' };
    },
    buildEnd() {
      const unused = [...others.keys()].filter((file) => !this.getModuleInfo(file));
      if (unused.length > 0) throw new Error(`--instead: ${unused.join(', ')} is no part of this bundle`);
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { instead: { type: 'string', multiple: true, default: [] } },
  });
  const [entry, output] = positionals;
  await bundle(entry, output, Object.fromEntries(values.instead.map((pair) => pair.split('='))));
}
