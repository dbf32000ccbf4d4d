import { setTimeout as delay } from 'node:timers/promises';
import { sentenceOf } from './cannot-start';
import type { Logger } from './logger';

const firstWait = 250;
const longestWait = 10_000;

/**
 * Repeats `attempt` until it succeeds or the signal is aborted (then it throws), with a growing, jittered wait in
 * between. Says in one line what it is waiting for, and again only when the reason changes.
 */
export async function retryForever<T>(
  what: string,
  attempt: () => Promise<T>,
  logger: Pick<Logger, 'info' | 'warn'>,
  signal?: AbortSignal,
): Promise<T> {
  let said = '';
  for (let wait = firstWait; ; wait = Math.min(wait * 2, longestWait)) {
    try {
      const result = await attempt();
      if (said !== '') logger.info({}, `${what} is there now`);
      return result;
    } catch (error) {
      const reason = sentenceOf(error);
      if (reason !== said) logger.warn({}, `${what} is not there yet, trying again until it is: ${reason}`);
      said = reason;
    }
    await delay(wait * (0.5 + Math.random() / 2), undefined, { signal });
  }
}
