import { type ConfigChangedMessage, exchangeNames, messageTypes } from '@patchbay/contracts';
import { PublishFailed, type Publisher } from '@patchbay/messaging';
import type { Logger } from '@patchbay/service-kit';
import { v7 as uuidv7 } from 'uuid';

/**
 * Tells all listeners of a committed revision. Nobody waits for it and its failure changes nothing: dispatchers also
 * ask on their own every few seconds.
 */
export function announceRevision(publisher: Publisher, logger: Logger, revision: number): void {
  const body: ConfigChangedMessage = { revision };
  const message = {
    exchange: exchangeNames.config,
    routingKey: '',
    body: JSON.stringify(body),
    messageId: uuidv7(),
    type: messageTypes.configChanged,
  };
  publisher.publish(message).catch((error: unknown) => {
    if (isUnheard(error)) logger.debug({ revision }, 'nobody listens for changes right now');
    else logger.warn({ revision, err: error }, 'a change could not be announced; dispatchers will find it by asking');
  });
}

function isUnheard(error: unknown): boolean {
  return error instanceof PublishFailed && error.reason === 'returned';
}
