// npm run test:faults [-- PATTERN]: kills, freezes and cuts off real processes, and proves by the ledger of a service and
// the record that nothing accepted was lost. Ends with a table, a row for each fault; the last line is the count.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError, Interrupted } from './fault.mjs';
import { alignedTable } from './fault-table.mjs';
import { installPackagesOfLock } from './packages.mjs';
import { createProgress } from './progress.mjs';
import { buildServices } from './services.mjs';
import { createShutdown } from './shutdown.mjs';
import { whenAskedToStop } from './stop-signals.mjs';
import { runJest } from './test-steps.mjs';
import { root } from './workspace.mjs';

const minutes = 60_000;
const progress = createProgress();
const shutdown = createShutdown(progress);
const pattern = process.argv[2] ?? '';
const results = [];

/** Needs the whole machine: what it measures is how fast a system drains. */
const alone = 'backlog';

function faultFiles() {
  const files = readdirSync(join(root, 'e2e', 'faults')).filter((name) => name.endsWith('.fault.ts'));
  return files.filter((name) => name.includes(pattern));
}

/** The others mostly wait for something that is down, so two share the machine. */
async function runFiles(files, table) {
  for (const [some, workers] of [
    [files.filter((name) => !name.includes(alone)), 2],
    [files.filter((name) => name.includes(alone)), 1],
  ]) {
    if (some.length === 0) continue;
    const args = ['-c', 'e2e/faults/jest.config.js', `--maxWorkers=${workers}`, ...some];
    const variables = { FAULT_TABLE: table };
    results.push(await runJest({ name: 'faults', args, variables, onOutput: progress.write, timeoutMs: 25 * minutes }));
  }
}

async function testFaults() {
  await progress.phase('packages', installPackagesOfLock);
  await progress.phase('build', buildServices);
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-faults-'));
  const table = join(folder, 'rows.jsonl');
  try {
    await runFiles(faultFiles(), table);
    progress.say(`\n${alignedTable(readRows(table))}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readRows(file) {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

async function end(exitCode) {
  await shutdown.run();
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  process.stdout.write(`${total('passed')} passed, ${total('failed')} failed\n`, () => process.exit(exitCode));
}

whenAskedToStop({
  first: () => (progress.say('\n  Stopped before the end.'), end(130)),
  again: () => shutdown.killAll().finally(() => process.exit(1)),
});
try {
  await testFaults();
  await end(results.some(({ failed }) => failed > 0) ? 1 : 0);
} catch (error) {
  if (!shutdown.begun) {
    if (!(error instanceof Interrupted)) progress.say(`\n${describeError(error)}\n`);
    results.push({ name: 'run', passed: 0, failed: 1 });
    await end(1);
  }
}
