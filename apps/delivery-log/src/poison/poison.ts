import { publishUntilConfirmed, type Delivery, type Publisher, type Settlement } from '@patchbay/messaging';
import type { Logger } from '@patchbay/service-kit';
import { sortPoison } from './sort-poison';

export interface PoisonOptions {
  publisher: Publisher;
  logger: Logger;
}

/** Empties the poison queue: everything in it goes somewhere where somebody sees it. */
export class Poison {
  constructor(private readonly options: PoisonOptions) {}

  async take(delivery: Delivery): Promise<Settlement> {
    const { publisher, logger } = this.options;
    const message = sortPoison(delivery, new Date());
    const { messageId, routingKey } = delivery;
    logger.warn({ messageId, routingKey, to: message.routingKey }, 'the broker had given up a message');
    await publishUntilConfirmed(publisher, message, { logger });
    return 'ack';
  }
}
