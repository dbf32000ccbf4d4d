// npm start: finds or makes what Patchbay needs, starts every service, plays conversations and shows what happens.
import { announceToPeople, announceToPrograms } from './announcer.mjs';
import { describeError, Interrupted } from './fault.mjs';
import { launch } from './launch.mjs';
import { createProgress } from './progress.mjs';
import { createShutdown } from './shutdown.mjs';
import { readStartOptions, usage } from './start-options.mjs';
import { openState } from './state.mjs';
import { whenAskedToStop } from './stop-signals.mjs';

async function start(options) {
  const progress = createProgress(options.json ? process.stderr : process.stdout);
  const happenings = options.json ? announceToPrograms() : announceToPeople(progress);
  const state = openState(options.state);
  const shutdown = createShutdown(progress);
  const ending = new AbortController();
  let running = false;

  async function end(exitCode) {
    ending.abort();
    await shutdown.run();
    state.release();
    happenings.stopped();
    process.exit(exitCode);
  }

  whenAskedToStop({
    first: () => (progress.say('\n  Stopping; what was accepted is kept.'), end(running ? 0 : 130)),
    again: () => shutdown.killAll().finally(() => process.exit(1)),
  });
  try {
    await launch({ options, state, progress, happenings, shutdown, signal: ending.signal });
    running = true;
  } catch (error) {
    if (error instanceof Interrupted || shutdown.begun) return;
    process.stderr.write(`\n${describeError(error)}\n\n`);
    happenings.fault({ message: error.message });
    await end(1);
  }
}

try {
  const options = readStartOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${usage}\n`);
  else await start(options);
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
