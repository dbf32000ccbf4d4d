// npm test: everything, from a fresh clone: format, lint, types, build, and every test against a broker and a database
// of its own. `npm test -- PATTERN` hands its arguments to jest and runs only tests. The last line is the count.
import { describeError, Interrupted } from './fault.mjs';
import { installPackagesOfLock } from './packages.mjs';
import { createProgress } from './progress.mjs';
import { createShutdown } from './shutdown.mjs';
import { whenAskedToStop } from './stop-signals.mjs';
import { provideTestPrograms } from './test-programs.mjs';
import { describeTestServers } from './test-servers.mjs';
import { buildStep, hasJestProject, runJest, runStep, sourceSteps } from './test-steps.mjs';

const progress = createProgress();
const shutdown = createShutdown(progress);
const patterns = process.argv.slice(2);
const results = [];

/** Runs a step, shows how it went, and counts it; a step that cannot even run counts as failed and hides no other. */
async function take(name, run, options = {}) {
  try {
    const result = await progress.phase(
      name,
      async (note) => {
        const ended = await run(note);
        note(describe(ended));
        return ended;
      },
      { ...options, failed: ({ failed }) => failed > 0 },
    );
    if (result.failed > 0 && result.output) progress.say(`\n${result.output.trimEnd()}\n`);
    results.push(result);
  } catch (error) {
    if (error instanceof Interrupted || shutdown.begun) throw error;
    progress.say(`\n${describeError(error)}\n`);
    results.push({ name, passed: 0, failed: 1 });
  }
}

function describe({ passed, failed, skipped = 0 }) {
  const skippedText = skipped > 0 ? `, ${skipped} skipped` : '';
  return `${passed} passed, ${failed} failed${skippedText}`;
}

/** One run of jest, its report shown as it comes. */
function takeTests(name, args, variables) {
  progress.say(`  … ${name}`);
  const order = { name, args: [...args, '--passWithNoTests', ...patterns], variables, onOutput: progress.write };
  return take(name, () => runJest(order), { quiet: true });
}

async function startServers() {
  const servers = await describeTestServers(shutdown);
  const started = [progress.phase('broker', servers.broker), progress.phase('database', servers.database)];
  const programs = progress.phase('programs', provideTestPrograms);
  return Object.assign({}, ...(await Promise.all([...started, programs])));
}

async function testEverything() {
  await progress.phase('packages', installPackagesOfLock);
  // Started while the sources are looked at; a failure is reported when the first test needs them.
  const starting = startServers();
  starting.catch(() => undefined);
  for (const step of patterns.length > 0 ? [] : sourceSteps) await take(step.name, () => runStep(step));
  await take(buildStep.name, () => runStep(buildStep));
  const variables = await starting;
  await takeTests('tests', ['--ignoreProjects', 'e2e', '--maxWorkers=2'], variables);
  if (hasJestProject('e2e')) await takeTests('e2e', ['--selectProjects', 'e2e', '--runInBand'], variables);
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
  await testEverything();
  await end(results.some(({ failed }) => failed > 0) ? 1 : 0);
} catch (error) {
  if (!shutdown.begun) {
    if (!(error instanceof Interrupted)) progress.say(`\n${describeError(error)}\n`);
    results.push({ name: 'run', passed: 0, failed: 1 });
    await end(1);
  }
}
