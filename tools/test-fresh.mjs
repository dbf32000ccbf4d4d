// npm run test:fresh: proves npm start and npm test where there is nothing but Node and npm, in a minimal system in a
// folder that is removed at the end. By hand, as root on Debian or Ubuntu. Options: --working-tree takes the files as they
// are instead of the last commit, --keep leaves the folder.
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeError, Fault } from './fault.mjs';
import { makeMinimalSystem } from './minimal-system.mjs';
import { runCommand } from './processes.mjs';
import { createProgress } from './progress.mjs';
import { whenAskedToStop } from './stop-signals.mjs';
import { root } from './workspace.mjs';

const { values: options } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, 'working-tree': { type: 'boolean', default: false } },
});
const progress = createProgress();
const enough = 5;
// A folder closed to everybody else, as people's home folders are.
const home = '/root/patchbay';

/** Copies the checkout into the system, without what is installed or built. */
async function copyCheckout(folder) {
  const target = join(folder, home);
  if (!options['working-tree']) {
    const { code, output } = await runCommand('git', ['clone', '--quiet', root, target]);
    if (code !== 0) throw new Fault(`git clone failed:\n${output}`);
    return;
  }
  const { output } = await runCommand('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const name of output.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    cpSync(join(root, name), join(target, name));
  }
}

/** Starts Patchbay inside, waits until it is ready and has shown some deliveries, and stops it with Ctrl-C. */
async function startAndStop(system, note) {
  const since = Date.now();
  const child = system.start(`cd ${home} && exec npm start -- --json`);
  const exited = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  const said = [];
  child.stderr.on('data', (chunk) => (said.push(chunk), note(lastLine(chunk).trim().slice(0, 56))));
  const readyAfter = await untilItWorks(child, since, note);
  if (readyAfter === undefined) throw new Fault(`npm start ended early:\n${Buffer.concat(said).toString('utf8')}`);
  const workingAfter = Date.now() - since;
  note('Ctrl-C');
  process.kill(-child.pid, 'SIGINT');
  const code = await exited;
  // npm ends itself with the signal that it was sent.
  if (![0, 130, 'SIGINT'].includes(code))
    throw new Fault(`npm start ended with ${code} after Ctrl-C:\n${Buffer.concat(said).toString('utf8')}`);
  await nothingIsLeft(system);
  note(`ready after ${seconds(readyAfter)}, ${enough} deliveries after ${seconds(workingAfter)}, nothing left running`);
}

async function untilItWorks(child, since, note) {
  let readyAfter;
  let delivered = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    const { type, status } = JSON.parse(line);
    if (type === 'ready') readyAfter = Date.now() - since;
    if (type === 'delivery' && status === 'succeeded') delivered += 1;
    if (readyAfter !== undefined) note(`ready after ${seconds(readyAfter)}, ${delivered} deliveries`);
    if (delivered === enough) return readyAfter;
  }
  return undefined;
}

async function nothingIsLeft(system) {
  const end = Date.now() + 3_000;
  let left = system.leftOvers();
  while (left.length > 0 && Date.now() < end) {
    await delay(100);
    left = system.leftOvers();
  }
  if (left.length > 0)
    throw new Fault(`Left running:\n${left.map(({ pid, command }) => `    ${pid} ${command}`).join('\n')}`);
}

async function testInside(system, note) {
  const child = system.start(`cd ${home} && exec npm test`);
  const exited = new Promise((resolve) => child.once('close', resolve));
  const said = [];
  child.stderr.on('data', (chunk) => said.push(chunk));
  child.stdout.on('data', (chunk) => (said.push(chunk), note(lastLine(chunk).slice(0, 60))));
  const code = await exited;
  const text = Buffer.concat(said).toString('utf8');
  if (code !== 0) throw new Fault(`npm test failed:\n${text.split('\n').slice(-200).join('\n')}`);
  await nothingIsLeft(system);
  note(`${text.match(/\d+ passed, \d+ failed/g)?.at(-1)}, nothing left running`);
}

function lastLine(chunk) {
  return chunk.toString('utf8').trimEnd().split('\n').at(-1);
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'patchbay-fresh-'));
let system;

let leaving;

/** Takes the system down, once, however often it is asked. */
function leave() {
  return (leaving ??= takeDown());
}

async function takeDown() {
  if (options.keep) return progress.say(`  Kept: ${folder}`);
  await progress.phase('remove', () => system?.remove() ?? rmSync(folder, { recursive: true, force: true }));
}

whenAskedToStop({
  first: () => leave().finally(() => process.exit(130)),
  again: () => process.exit(1),
});
try {
  system = await progress.phase('system', (note) => makeMinimalSystem(folder, note));
  await progress.phase('checkout', () => copyCheckout(folder));
  await progress.phase('first start', (note) => startAndStop(system, note));
  await progress.phase('second start', (note) => startAndStop(system, note));
  await progress.phase('npm test', (note) => testInside(system, note));
} catch (error) {
  progress.say(`\n${describeError(error)}\n`);
  process.exitCode = 1;
}
await leave();
process.exit();
