// node e2e/faults/mutation-check.mjs [NAME]: plants each bug of planted-bugs.mjs in a copy of its source and runs the test
// that has to see it; a bug that no test sees is a failure of the check. Sources stay as they are. The specs among the
// tests need the servers that `npm test` starts, named by its variables.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { bundle } from '../../tools/bundle.mjs';
import { buildServices } from '../../tools/services.mjs';
import { root } from '../../tools/workspace.mjs';
import { plantedBugs } from './planted-bugs.mjs';

const wanted = process.argv[2] ?? '';
const mutants = join(root, 'dist', 'mutants');

/** The source with the bug in it; throws when the place for it is gone, or is not one place. */
function plant({ name, file, find, replace }) {
  const source = readFileSync(join(root, file), 'utf8');
  if (source.split(find).length !== 2) throw new Error(`"${name}": ${file} has not one place for it any more`);
  return source.replace(find, () => replace);
}

/** Bundles the app with the bug beside the good ones; answers their folder. */
async function bundleWithBug(bug, folder) {
  const { app } = bug.caughtBy;
  const other = join(folder, basename(bug.file));
  writeFileSync(other, plant(bug));
  rmSync(mutants, { recursive: true, force: true });
  cpSync(join(root, 'dist', 'apps'), mutants, { recursive: true });
  mkdirSync(join(mutants, app), { recursive: true });
  await bundle(`apps/${app}/src/main.ts`, `dist/mutants/${app}/main.js`, { [bug.file]: other });
}

/** What jest reports when the bug is there. */
async function runTest(bug, folder) {
  const { fault, test, spec, pattern } = bug.caughtBy;
  const report = join(folder, 'report.json');
  const shown = ['--json', `--outputFile=${report}`, '--forceExit'];
  if (fault) {
    await bundleWithBug(bug, folder);
    return jest(['-c', 'e2e/faults/jest.config.js', `/${fault}.fault`, '-t', test, ...shown], report, {
      PATCHBAY_FAULT_APPS: 'dist/mutants',
    });
  }
  const planted = join(folder, 'planted.ts');
  writeFileSync(planted, plant(bug));
  const config = join(folder, 'jest.config.js');
  writeFileSync(config, configWithBug(spec, bug.file, planted));
  return jest(['-c', config, pattern, '--no-cache', ...shown], report, {});
}

/** The room's own configuration, with a transform that reads the planted source in place of the file. */
function configWithBug(room, file, planted) {
  const own = JSON.stringify(join(root, room, 'jest.config.js'));
  const transform = JSON.stringify(join(root, 'e2e', 'faults', 'transform-planted.js'));
  const options = JSON.stringify({ file: join(root, file), planted });
  return `const own = require(${own});
const [[pattern, [, swc]]] = Object.entries(own.transform);
module.exports = { ...own, transform: { [pattern]: [${transform}, { swc, ...${options} }] } };
`;
}

function jest(args, report, env) {
  const script = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const options = { cwd: root, env: { ...process.env, ...env }, stdio: 'ignore', timeout: 10 * 60_000 };
  spawnSync(process.execPath, [script, ...args], options);
  return JSON.parse(readFileSync(report, 'utf8'));
}

/** Seen: a test ran to its end and failed. A file that could not even be loaded proves nothing. */
async function isCaught(bug) {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-mutant-'));
  try {
    const { numFailedTests, numRuntimeErrorTestSuites } = await runTest(bug, folder);
    return numFailedTests > 0 && numRuntimeErrorTestSuites === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await buildServices(() => undefined);
let missed = 0;
const bugs = plantedBugs.filter(({ name }) => name.includes(wanted));
for (const bug of bugs) {
  const caught = await isCaught(bug);
  if (!caught) missed += 1;
  process.stdout.write(`  ${caught ? 'caught' : 'MISSED'}  ${bug.name}\n`);
}
rmSync(mutants, { recursive: true, force: true });
process.stdout.write(`${bugs.length - missed} of ${bugs.length} planted bugs caught\n`);
process.exitCode = missed > 0 ? 1 : 0;
