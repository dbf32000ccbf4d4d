import { describeError } from './fault.mjs';
import { interruptCommands } from './processes.mjs';

/**
 * What has to be stopped, and in which order: `own(rank, name, { stop, kill })`, lowest rank first. `run()` stops
 * everything once, however often it is called; what is owned only then is killed. `killAll()` does so at once.
 */
export function createShutdown(progress) {
  const owned = [];
  let running;

  async function stopAll() {
    await interruptCommands();
    for (const entry of owned.sort((one, other) => one.rank - other.rank)) await stopOne(entry);
  }

  async function stopOne({ name, what, withinMs }) {
    try {
      if (what.quiet) return await what.stop(withinMs);
      await progress.phase(`stop ${name}`.slice(0, 24), async (note) => {
        if (what.slow) note(what.slow);
        if ((await what.stop(withinMs)) === 'killed') note(`did not stop within ${withinMs / 1000} s and was killed`);
      });
    } catch (error) {
      progress.say(describeError(error));
    }
  }

  return {
    own(rank, name, what, withinMs = 40_000) {
      if (running) return void what.kill();
      owned.push({ rank, name, what, withinMs });
    },
    get begun() {
      return running !== undefined;
    },
    run: () => (running ??= stopAll()),
    killAll: () => Promise.allSettled(owned.map(({ what }) => what.kill())),
  };
}
