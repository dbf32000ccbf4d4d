// npm run bench -- NAME [--json] [--profile]: bundles bench/NAME.ts and runs it with plain Node, which prints figures for
// people, or with --json one line for programs. With --profile a CPU profile is left in dist/bench.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../tools/bundle.mjs';
import { root } from '../tools/workspace.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;

/** Runs the benchmark; its exit code becomes ours. */
async function run() {
  const output = `dist/bench/${name}.js`;
  await bundle(`bench/${name}.ts`, output);
  // libs/testing reads it from beside its sources, as seen from the bundle.
  cpSync(join(root, 'libs/testing/data'), join(root, 'dist/data'), { recursive: true });
  const profiling = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${join(root, 'dist/bench')}`] : [];
  const flags = ['--expose-gc', '--enable-source-maps', ...profiling];
  const child = spawn(process.execPath, [...flags, join(root, output), ...(options.json ? ['--json'] : [])], {
    stdio: 'inherit',
  });
  child.once('exit', (code, signal) => {
    process.exitCode = signal ? 1 : code;
  });
}

if (/^[a-z-]+$/.test(name) && existsSync(join(root, `bench/${name}.ts`))) {
  await run();
} else {
  const names = readdirSync(join(root, 'bench')).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
  process.stderr.write(`npm run bench -- NAME [--json] [--profile], where NAME is one of: ${names.join(', ')}\n`);
  process.exitCode = 2;
}
