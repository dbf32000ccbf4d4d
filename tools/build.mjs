// node tools/build.mjs APP [--watch]: bundles one app and the libraries it uses into dist/apps/APP/main.js.
// rolldown keeps decorator metadata, which Nest's injection and validation need (docs/decisions/0002-toolchain.md).
import { mkdir, rename, rm } from 'node:fs/promises';
import { rolldown, watch } from 'rolldown';

const [app, flag] = process.argv.slice(2);
const input = {
  input: `apps/${app}/src/main.ts`,
  platform: 'node',
  tsconfig: 'tsconfig.base.json',
  // Packages stay in node_modules; our libraries and the compiler's own helpers go into the bundle.
  external: (id) => !/^(\.|\/|\0|@patchbay\/|@oxc-project\/)/.test(id),
};
const outputTo = (folder) => ({ file: `${folder}/main.js`, format: 'cjs', sourcemap: true, keepNames: true });
const folder = `dist/apps/${app}`;

if (flag === '--watch') {
  watch({ ...input, output: outputTo(folder) }).on('event', (event) => {
    if (event.code === 'BUNDLE_END') {
      process.stdout.write(`built ${app} in ${event.duration} ms\n`);
      event.result.close();
    }
    if (event.code === 'ERROR') process.stderr.write(`${event.error}\n`);
  });
} else {
  const bundle = await rolldown(input);
  // Written elsewhere, equally deep, and moved when whole: somebody else may be building or starting the same app.
  const making = `dist/making/${app}-${process.pid}`;
  await bundle.write(outputTo(making));
  await bundle.close();
  await mkdir(folder, { recursive: true });
  for (const name of ['main.js.map', 'main.js']) await rename(`${making}/${name}`, `${folder}/${name}`);
  await rm(making, { recursive: true });
}
