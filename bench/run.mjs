// npm run bench -- NAME [--json] [--profile]: bundles bench/NAME.ts and runs it with plain Node, which prints figures for
// people, or with --json one line for programs. With --profile a CPU profile is left in dist/bench.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isBuilt } from '../tools/built-apps.mjs';
import { bundle } from '../tools/bundle.mjs';
import { describeError, Fault } from '../tools/fault.mjs';
import { runCommand } from '../tools/processes.mjs';
import { createProgress } from '../tools/progress.mjs';
import { createShutdown } from '../tools/shutdown.mjs';
import { whenAskedToStop } from '../tools/stop-signals.mjs';
import { describeTestServers } from '../tools/test-servers.mjs';
import { root } from '../tools/workspace.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;

/** What a benchmark needs besides itself: apps in dist/, a broker, a database. */
const needs = {
  outbound: { app: 'dispatcher', broker: true },
  search: { app: 'delivery-log', broker: true, database: true },
};

// Figures alone go to the output.
const progress = createProgress(process.stderr);
const shutdown = createShutdown(progress);

/** Runs the benchmark; resolves with its exit code. */
async function run() {
  const { app, broker = false, database = false } = needs[name] ?? {};
  const output = `dist/bench/${name}.js`;
  await bundle(`bench/${name}.ts`, output);
  if (app && !isBuilt(app)) await progress.phase('build', () => build(app));
  const servers = {
    ...(broker && !process.env.TEST_AMQP_URL && (await startServer('broker'))),
    ...(database && !process.env.TEST_DATABASE_URL && (await startServer('database'))),
  };
  const profiling = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${join(root, 'dist/bench')}`] : [];
  const flags = ['--expose-gc', '--enable-source-maps', ...profiling];
  const child = spawn(process.execPath, [...flags, join(root, output), ...(options.json ? ['--json'] : [])], {
    stdio: 'inherit',
    env: { ...process.env, ...servers },
  });
  const stop = () => void child.kill();
  shutdown.own(1, name, { stop, kill: stop, quiet: true });
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ? 1 : code)));
}

async function build(app) {
  const { code, output } = await runCommand(process.execPath, ['tools/build.mjs', app], { cwd: root });
  if (code !== 0) throw new Fault(`${app} could not be built:\n${output}`);
}

async function startServer(kind) {
  const servers = await describeTestServers(shutdown);
  return progress.phase(kind, servers[kind]);
}

/** The first reason to end is the one that is told. */
async function end(exitCode) {
  process.exitCode ??= exitCode;
  await shutdown.run();
}

if (/^[a-z-]+$/.test(name) && existsSync(join(root, `bench/${name}.ts`))) {
  whenAskedToStop({ first: () => void end(130), again: () => shutdown.killAll().finally(() => process.exit(1)) });
  try {
    await end(await run());
  } catch (error) {
    if (!shutdown.begun) process.stderr.write(`${describeError(error)}\n`);
    await end(1);
  }
} else {
  const names = readdirSync(join(root, 'bench')).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
  process.stderr.write(`npm run bench -- NAME [--json] [--profile], where NAME is one of: ${names.join(', ')}\n`);
  process.exitCode = 2;
}
