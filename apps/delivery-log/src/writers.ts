import type { OutcomeBatch, DeadLetterMessage, OperatorEvent } from '@patchbay/contracts';
import type { Delivery } from '@patchbay/messaging';
import type { Logger } from '@patchbay/service-kit';
import { v7 } from 'uuid';
import type { AcceptedRow } from './acceptances';
import { createDeadLettersBatcher, deadLetterRow } from './dead-letters/write-dead-letters';
import type { LiveFeed } from './live/live-feed';
import { createOperatorEventsBatcher, operatorEventRow } from './operator-events/write-operator-events';
import type { Payloads } from './payloads';
import { QueueWriter } from './queue-writer';
import { readMessage } from './read-message';
import { createOutcomesBatcher, outcomesOf, type Outcomes } from './records/record-outcomes';
import type { RecordStore } from './records/write-records';
import { createRejectedBatcher, rejectedRow, type Refusal } from './rejected/write-rejected';

export interface WritersOptions {
  store: RecordStore;
  payloads: Payloads;
  feed: LiveFeed;
  logger: Pick<Logger, 'warn'>;
}

/** One writer per queue. */
export class Writers {
  readonly outcomes: QueueWriter<Outcomes>;
  readonly deadLetters: QueueWriter<AcceptedRow>;
  readonly rejected: QueueWriter<{ accepted_at: string }>;
  readonly operatorEvents: QueueWriter<{ at: string }>;

  constructor({ store, payloads, feed, logger }: WritersOptions) {
    const rejected = createRejectedBatcher(store);
    const setAside = async (delivery: Delivery, reason: string) => {
      logger.warn(
        { queue: delivery.queue, messageId: delivery.messageId, reason },
        'a message was set aside as rejected',
      );
      await rejected.add(rejectedRow(payloads, refusalOf(delivery, reason)));
    };
    this.outcomes = new QueueWriter(
      (body) => readMessage(body, (message: OutcomeBatch) => outcomesOf(message)),
      createOutcomesBatcher(store, feed),
      setAside,
    );
    this.deadLetters = new QueueWriter(
      (body) => readMessage(body, (message: DeadLetterMessage) => deadLetterRow(message)),
      createDeadLettersBatcher(store),
      setAside,
    );
    this.rejected = new QueueWriter(
      (body) => readMessage(body, (message: Refusal) => rejectedRow(payloads, message)),
      rejected,
      setAside,
    );
    this.operatorEvents = new QueueWriter(
      (body) => readMessage(body, (message: OperatorEvent) => operatorEventRow(message)),
      createOperatorEventsBatcher(store),
      setAside,
    );
  }
}

function refusalOf(delivery: Delivery, reason: string): Refusal {
  return {
    id: v7(),
    rejectedAt: new Date().toISOString(),
    source: delivery.queue,
    reason,
    faults: [],
    bodyBase64: delivery.body.toString('base64'),
  };
}
