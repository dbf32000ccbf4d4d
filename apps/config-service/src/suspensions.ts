import { messageTypes, queueNames, type RejectedMessage } from '@patchbay/contracts';
import { type Delivery, type Publisher, publishUntilConfirmed, type Settlement } from '@patchbay/messaging';
import type { Logger } from '@patchbay/service-kit';
import { v7 as uuidv7 } from 'uuid';
import type { Workplace } from './change-integration';
import { readSuspension, type SuspensionEvent } from './read-suspension';
import { applySuspension } from './suspend-integration';

/** Acts on what dispatchers say is gone for good; what cannot be read is set aside in patchbay.rejected. */
export class Suspensions {
  constructor(
    private readonly workplace: Workplace,
    private readonly publisher: Publisher,
    private readonly logger: Logger,
  ) {}

  /** Resolves after the commit; rejects when the database is out of reach, and the message is given out again. */
  async take(delivery: Delivery): Promise<Settlement> {
    const read = readSuspension(delivery.body);
    if ('fault' in read) await this.setAside(delivery, read.fault);
    else await this.apply(read.event);
    return 'ack';
  }

  private async apply(event: SuspensionEvent): Promise<void> {
    const { integrationId, integrationVersion } = event;
    const applied = await applySuspension(this.workplace, event);
    this.logger.info(
      { integrationId, integrationVersion },
      applied
        ? 'suspended: a dispatcher was told that its service is gone for good'
        : 'not suspended: it was deleted, changed or suspended since',
    );
  }

  private async setAside({ body, messageId, lost }: Delivery, reason: string): Promise<void> {
    const id = uuidv7();
    this.logger.error({ messageId, reason, rejected: id }, 'a suspension cannot be read; kept in patchbay.rejected');
    const message: RejectedMessage = {
      id,
      rejectedAt: this.workplace.now().toISOString(),
      source: 'amqp',
      reason: `suspension: ${reason}`,
      faults: [],
      bodyBase64: body.toString('base64'),
    };
    const address = { exchange: '', routingKey: queueNames.rejected, messageId: id, type: messageTypes.rejected };
    const outgoing = { ...address, body: JSON.stringify(message) };
    await publishUntilConfirmed(this.publisher, outgoing, { signal: lost, logger: this.logger });
  }
}
