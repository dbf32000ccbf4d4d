import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJsonFile } from './private-files.mjs';
import { runCommand } from './processes.mjs';
import { root } from './workspace.mjs';

// A daemon left behind is a process left behind.
const environment = { ...process.env, NX_DAEMON: 'false', CI: 'true' };

/** The steps that look at the sources: each is one command, and counts as one passed or failed. */
export const sourceSteps = [
  { name: 'format', command: ['prettier/bin/prettier.cjs', '--check', '.'] },
  // The rule about directions between rooms reads the graph of projects, which this writes down.
  { name: 'graph', command: ['nx/dist/bin/nx.js', 'show', 'projects'] },
  // In one process each: starting a tool once for every project costs more than its work.
  { name: 'lint', command: ['eslint/bin/eslint.js', '--max-warnings=0', '.'] },
  { name: 'types', command: ['typescript/bin/tsc', '-p', 'tsconfig.json'] },
  { name: 'reference', command: ['../tools/reference.mjs', '--check'] },
];

/** The step that bundles every app. */
export const buildStep = { name: 'build', command: everyProject('build') };

function everyProject(target) {
  return ['nx/dist/bin/nx.js', 'run-many', '--target', target, '--output-style', 'static'];
}

/** Runs one step. Returns `{ name, passed, failed, output }`. */
export async function runStep({ name, command: [file, ...args] }) {
  const script = join(root, 'node_modules', file);
  const { code, output } = await runCommand(process.execPath, [script, ...args], { cwd: root, env: environment });
  return { name, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, output };
}

/**
 * Runs jest over some of the projects, showing its report as it comes. Returns the counts; a file that cannot be
 * loaded counts as a failed test, and so does a run that ends without a report.
 */
export async function runJest({ name, args, variables = {}, onOutput, timeoutMs = 10 * 60_000 }) {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-jest-'));
  const report = join(folder, 'report.json');
  const command = [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${report}`, ...args];
  const env = { ...environment, ...variables, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }) };
  try {
    const { code } = await runCommand(process.execPath, command, { cwd: root, env, onOutput, timeoutMs });
    const counts = countTests(readJsonFile(report, undefined), code);
    const output = code === null ? `jest did not end within ${timeoutMs / 60_000} minutes and was killed` : undefined;
    return { name, ...counts, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a report of jest comes to: `{ passed, failed, skipped }`. */
export function countTests(report, exitCode) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  // A run can fail without a failed test, as when something outlives it; it must not pass for that.
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests,
  };
}

/** Whether a project has tests to run, by the folder of its jest.config.js. */
export function hasJestProject(folder) {
  return existsSync(join(root, folder, 'jest.config.js'));
}
