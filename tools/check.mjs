// npm run check: the quick gate, without a broker or a database: format, lint, types and the tests that need neither.
import { describeError } from './fault.mjs';
import { installPackagesOfLock } from './packages.mjs';
import { createProgress } from './progress.mjs';
import { runJest, runStep, sourceSteps } from './test-steps.mjs';

const pureProjects = ['template', 'edi', 'contracts', 'secrets', 'tools'];
const progress = createProgress();
let failures = 0;

async function take(name, run, options = {}) {
  const result = await progress.phase(
    name,
    async (note) => {
      const ended = await run();
      note(`${ended.passed} passed, ${ended.failed} failed`);
      return ended;
    },
    { ...options, failed: ({ failed }) => failed > 0 },
  );
  if (result.failed > 0 && result.output) progress.say(`\n${result.output.trimEnd()}\n`);
  failures += result.failed;
}

try {
  await progress.phase('packages', installPackagesOfLock);
  for (const step of sourceSteps) await take(step.name, () => runStep(step));
  const args = ['--selectProjects', ...pureProjects, '--passWithNoTests'];
  await take('tests', () => runJest({ name: 'tests', args, onOutput: progress.write }), { quiet: true });
} catch (error) {
  progress.say(`\n${describeError(error)}`);
  failures += 1;
}
progress.say(failures === 0 ? '  Good.' : '  Not yet.');
process.exitCode = failures === 0 ? 0 : 1;
