import type { OutgoingMessage, Publisher } from '@patchbay/messaging';
import { setTimeout as delay } from 'node:timers/promises';

const firstPauseMs = 200;
const longestPauseMs = 5_000;

/**
 * Publishes the messages in their order and resolves once all are confirmed, with how many had to be sent again.
 * After a failure it waits for everything in flight and goes on from the first unconfirmed message, so the broker may
 * hold some of those after it twice: same message id, for the readers to drop. Throws only when `signal` is aborted.
 */
export async function publishInOrder(
  publisher: Publisher,
  messages: OutgoingMessage[],
  signal: AbortSignal,
): Promise<number> {
  let rest = messages;
  let again = 0;
  for (let pause = firstPauseMs; rest.length > 0; pause = Math.min(2 * pause, longestPauseMs)) {
    signal.throwIfAborted();
    const settled = await Promise.allSettled(rest.map((message) => publisher.publish(message)));
    const failed = settled.findIndex(({ status }) => status === 'rejected');
    rest = failed < 0 ? [] : rest.slice(failed);
    again += rest.length;
    if (rest.length > 0) await delay(pause * Math.random(), undefined, { signal });
  }
  return again;
}
