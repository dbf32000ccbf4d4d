import { exchangeNames, messageTypes } from '@patchbay/contracts';
import type { Publisher } from '@patchbay/messaging';
import { Problem } from '@patchbay/service-kit';
import type { DataSource } from 'typeorm';
import { found } from '../not-found';
import type { Payloads } from '../payloads';

export interface RejectedReplaysOptions {
  dataSource: DataSource;
  payloads: Payloads;
  publisher: Publisher;
}

/** Gives rejected input to intake once more, byte for byte, as when whatever refused it has been mended. */
export class RejectedReplays {
  constructor(private readonly options: RejectedReplaysOptions) {}

  /** Marked only when the broker has confirmed it; asked again, it is sent again under the same message id. */
  async replay(id: string, by: string): Promise<{ id: string; replayedAt: Date }> {
    const { dataSource, payloads, publisher } = this.options;
    const rows: { sealed: string }[] = await dataSource.query('select sealed from rejected where id = $1', [id]);
    const body = payloads.bodyOf({ id, ...found(rows[0], 'rejected message', id) });
    if ('fault' in body) throw new Problem(409, { title: 'Body not readable', detail: body.fault });
    await publisher.publish({
      exchange: exchangeNames.intake,
      routingKey: 'conversation.replayed',
      body: Buffer.from(body.value, 'base64'),
      messageId: id,
      type: messageTypes.event,
    });
    const replayedAt = new Date();
    const mark = 'update rejected set replayed_at = $2, replayed_by = $3 where id = $1';
    await dataSource.query(mark, [id, replayedAt, by]);
    return { id, replayedAt };
  }
}
