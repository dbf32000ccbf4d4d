// node tools/build.mjs APP [--watch]: bundles one app and the libraries it uses into dist/apps/APP/main.js.
// rolldown keeps decorator metadata, which Nest's injection and validation need (docs/decisions/0002-toolchain.md).
import { rolldown, watch } from 'rolldown';

const [app, flag] = process.argv.slice(2);
const input = {
  input: `apps/${app}/src/main.ts`,
  platform: 'node',
  tsconfig: 'tsconfig.base.json',
  // Packages stay in node_modules; our libraries and the compiler's own helpers go into the bundle.
  external: (id) => !/^(\.|\/|\0|@patchbay\/|@oxc-project\/)/.test(id),
};
const output = { file: `dist/apps/${app}/main.js`, format: 'cjs', sourcemap: true, keepNames: true };

if (flag === '--watch') {
  watch({ ...input, output }).on('event', (event) => {
    if (event.code === 'BUNDLE_END') {
      process.stdout.write(`built ${app} in ${event.duration} ms\n`);
      event.result.close();
    }
    if (event.code === 'ERROR') process.stderr.write(`${event.error}\n`);
  });
} else {
  const bundle = await rolldown(input);
  await bundle.write(output);
  await bundle.close();
}
