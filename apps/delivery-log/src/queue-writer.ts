import type { Delivery, Settlement } from '@patchbay/messaging';
import type { Batcher } from './batcher';
import type { Read } from './read-message';

/** What a queue's messages become: rows, committed in batches; what cannot become rows is set aside, never given back. */
export class QueueWriter<T> {
  constructor(
    private readonly read: (body: Buffer) => Read<T>,
    private readonly batcher: Batcher<T>,
    private readonly setAside: (delivery: Delivery, reason: string) => Promise<void>,
  ) {}

  /** Resolves after the commit; rejects when the database is out of reach, and the message is given out again. */
  async take(delivery: Delivery): Promise<Settlement> {
    const read = this.read(delivery.body);
    const fault = 'fault' in read ? read.fault : await this.batcher.add(read.value);
    if (fault !== undefined) await this.setAside(delivery, fault);
    return 'ack';
  }
}
