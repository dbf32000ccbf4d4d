import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';
import { readJsonFile } from './private-files.mjs';
import { isRunning } from './processes.mjs';
import { services } from './services.mjs';
import { standInService } from './stand-in-service.mjs';
import { root } from './workspace.mjs';

const opened = [];

afterEach(async () => {
  for (const { launchers, folder } of opened.splice(0)) {
    for (const { child } of launchers) if (child.exitCode === null) child.kill('SIGKILL');
    for (const subject of readJsonFile(join(folder, 'state', 'processes.json'), [])) {
      if (isRunning(subject)) process.kill(subject.pid, 'SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A checkout in which every service is a stand-in, with the broker and the database of the tests. */
function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-start-'));
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.base.json'])
    cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  cpSync(join(root, 'tools'), join(folder, 'tools'), { recursive: true });
  for (const { name } of services) {
    mkdirSync(join(folder, 'apps', name, 'src'), { recursive: true });
    writeFileSync(join(folder, 'apps', name, 'src', 'main.ts'), standInService);
  }
  const launchers = [];
  opened.push({ launchers, folder });
  const start = (args = [], variables = {}) => {
    const launcher = startLauncher(folder, args, variables);
    launchers.push(launcher);
    return launcher;
  };
  return { folder, start, processes: () => readJsonFile(join(folder, 'state', 'processes.json'), []) };
}

function startLauncher(folder, args, variables) {
  const env = {
    ...process.env,
    INIT_CWD: folder,
    AMQP_URL: process.env.TEST_AMQP_URL,
    DATABASE_URL: process.env.TEST_DATABASE_URL,
    ...variables,
  };
  const options = { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] };
  const child = spawn(process.execPath, ['tools/start.mjs', '--json', '--state', 'state', ...args], options);
  const errors = [];
  child.stderr.on('data', (chunk) => errors.push(chunk));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = new Promise((resolve) => child.once('close', resolve));
  return {
    child,
    exited,
    next: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the launcher said no more; on standard error: ${Buffer.concat(errors)}`);
      return JSON.parse(value);
    },
    errors: () => Buffer.concat(errors).toString('utf8'),
  };
}

test('the first line tells that all is ready and where, then what happens follows', async () => {
  const { start, folder } = setup();
  const launcher = start();
  const ready = await launcher.next();
  expect(ready).toMatchObject({
    type: 'ready',
    token: expect.stringMatching(/^pbt_[\w-]{43}$/),
    amqpUrl: process.env.TEST_AMQP_URL,
  });
  expect(Object.keys(ready.urls).sort()).toEqual([
    'configService',
    'deliveryLog',
    'dispatcher',
    'eventIngest',
    'sandbox',
  ]);
  expect(await launcher.next()).toMatchObject({ type: 'delivery', conversation: 'c-1', integration: 'Stand-in' });
  launcher.child.kill('SIGINT');
  expect(await launcher.exited).toBe(0);
  expect(existsSync(join(folder, 'state', 'launcher.json'))).toBe(false);
}, 60_000);

test('Ctrl-C stops every service and leaves no process', async () => {
  const { start, processes } = setup();
  const launcher = start();
  await launcher.next();
  const started = processes();
  expect(started.map(({ name }) => name).sort()).toEqual(services.map(({ name }) => name).sort());
  expect(started.every(isRunning)).toBe(true);
  launcher.child.kill('SIGINT');
  await launcher.exited;
  expect(started.filter(isRunning)).toEqual([]);
}, 60_000);

test('what a killed launcher has left running is stopped by the next', async () => {
  const { start, processes } = setup();
  const killed = start();
  await killed.next();
  const left = processes();
  killed.child.kill('SIGKILL');
  await killed.exited;
  expect(left.every(isRunning)).toBe(true);
  const next = start();
  await next.next();
  expect(left.filter(isRunning)).toEqual([]);
  expect(next.errors()).toMatch(/stopped what the last start left running/);
}, 60_000);

test('a second launcher on the same folder is refused with a clear message', async () => {
  const { start } = setup();
  const first = start();
  await first.next();
  const second = start();
  expect(await second.exited).toBe(1);
  expect(second.errors()).toMatch(/already running from .*\n.*--state DIR/);
  expect(second.errors()).not.toMatch(/ at .*\.mjs/);
}, 60_000);

test('a service that ends while starting shows the end of its log, and everything is stopped', async () => {
  const { start, processes } = setup();
  const launcher = start([], { FAIL: 'dispatcher' });
  expect(await launcher.exited).toBe(1);
  expect(launcher.errors()).toMatch(/dispatcher ended while starting[^]*the stand-in was told to fail/);
  expect(processes()).toEqual([]);
}, 60_000);

test('a service that ends later is reported, and the others keep running', async () => {
  const { start, processes } = setup();
  const launcher = start(['--no-play']);
  await launcher.next();
  await launcher.next();
  process.kill(processes().find(({ name }) => name === 'sandbox').pid, 'SIGKILL');
  expect(await launcher.next()).toMatchObject({ type: 'service-ended', service: 'sandbox', signal: 'SIGKILL' });
}, 60_000);

test('addresses and tokens stay from start to start, and --fresh forgets them', async () => {
  const { start } = setup();
  const run = async (...args) => {
    const launcher = start(args);
    const { urls, token } = await launcher.next();
    launcher.child.kill('SIGTERM');
    await launcher.exited;
    return { urls, token };
  };
  const first = await run();
  expect(await run()).toEqual(first);
  expect((await run('--fresh')).token).not.toBe(first.token);
}, 60_000);

test('a folder with other things in it is never taken as the state folder', async () => {
  const { start, folder } = setup();
  mkdirSync(join(folder, 'state'));
  writeFileSync(join(folder, 'state', 'thesis.txt'), 'years of work');
  const launcher = start(['--fresh']);
  expect(await launcher.exited).toBe(1);
  expect(launcher.errors()).toMatch(/holds other things/);
  expect(readdirSync(join(folder, 'state'))).toEqual(['thesis.txt']);
}, 60_000);

test('a broker that does not answer is one clear message', async () => {
  const { start } = setup();
  const launcher = start([], { AMQP_URL: 'no address' });
  expect(await launcher.exited).toBe(1);
  expect(launcher.errors()).toMatch(/AMQP_URL is no address/);
  expect(launcher.errors()).not.toMatch(/ at .*\.mjs/);
}, 60_000);
