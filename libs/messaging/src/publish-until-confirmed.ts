import { fullJitter, pause } from './back-off';
import { PublishFailed } from './publish-failed';
import type { MessagingLogger, OutgoingMessage, Publisher } from './types';

export interface PersistOptions {
  signal?: AbortSignal;
  logger?: MessagingLogger;
}

const backOff = { shortestMs: 200, longestMs: 5_000 };

/**
 * Publishes again, with the same id, until the broker has confirmed; the message may be stored more than once.
 * Rejects with the last PublishFailed when the signal is aborted, and at once when the message is too large.
 */
export async function publishUntilConfirmed(
  publisher: Publisher,
  message: OutgoingMessage,
  { signal, logger }: PersistOptions = {},
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await publisher.publish(message);
    } catch (error) {
      if (!(error instanceof PublishFailed) || error.reason === 'too-large' || signal?.aborted) throw error;
      if (attempt === 0) logger?.warn({ messageId: error.messageId, reason: error.reason }, 'publishing again');
      await pause(fullJitter(attempt, backOff), signal);
      if (signal?.aborted) throw error;
    }
  }
}
