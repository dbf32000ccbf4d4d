import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const open: ChildProcess[] = [];
afterEach(() => open.splice(0).forEach((child) => child.kill('SIGKILL')));

/** A process of its own, since its end is the subject; `script` has say, watchProcess, runMain and CannotStart. */
async function setup(script: string) {
  const prelude = `
    require('@swc-node/register');
    const { watchProcess, runMain } = require('./watch-process');
    const { CannotStart } = require('./cannot-start');
    const say = (...words) => process.stdout.write(words.join(' ') + '\\n');
    const logger = { info: (_, text) => say(text), error: (_, text) => say(text), fatal: ({ err }, text) => say(err ? 'stack' : 'plain', text) };
    const stayAlive = setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['-e', prelude + script], {
    cwd: __dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  open.push(child);
  const lines = createInterface({ input: child.stdout });
  const said: string[] = [];
  lines.on('line', (line) => said.push(line));
  const hear = async (text: string): Promise<void> => {
    while (!said.includes(text)) await once(lines, 'line');
  };
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, said, hear, ended };
}

it('a signal closes in good order and ends the process with 0', async () => {
  const { child, hear, ended, said } = await setup(`
    watchProcess(async () => say('closed'), logger);
    say('up');
  `);
  await hear('up');
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(said).toEqual(['up', 'stopping', 'closed']);
});

it('a second signal ends a process that hangs in closing with 1', async () => {
  const { child, hear, ended } = await setup(`
    watchProcess(() => new Promise(() => {}), logger);
    say('up');
  `);
  await hear('up');
  child.kill('SIGINT');
  await hear('stopping');
  child.kill('SIGINT');
  expect(await ended).toBe(1);
});

it('a promise that fails unheard is logged and ends the process with 1', async () => {
  const { ended, said } = await setup(`
    watchProcess(async () => {}, logger);
    Promise.reject(new Error('lost'));
  `);
  expect(await ended).toBe(1);
  expect(said[0]).toContain('this is a bug');
});

it.each([
  [`new CannotStart('put this right')`, 'plain put this right'],
  [`Object.assign(new Error('key ring: bad'), { name: 'KeyRingFault' })`, 'plain key ring: bad'],
  [`Object.assign(new Error('listen EADDRINUSE'), { syscall: 'listen' })`, 'plain listen EADDRINUSE'],
  [`new TypeError('undefined is not a function')`, 'stack cannot start: undefined is not a function'],
])('a start that fails with %s says so and ends the process with 1', async (error, line) => {
  const { ended, said } = await setup(`clearInterval(stayAlive); runMain(async () => { throw ${error}; }, logger);`);
  expect(await ended).toBe(1);
  expect(said).toEqual([line]);
});
