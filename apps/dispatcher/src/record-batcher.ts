import { messageTypes, queueNames, type EventRecord, type OutcomeBatch } from '@patchbay/contracts';
import type { OutgoingMessage } from '@patchbay/messaging';

/** Sends a message and settles when it is confirmed. */
export type Send = (message: OutgoingMessage) => Promise<void>;

export const maxRecordsPerBatch = 256;
const maxBatchBytes = 1024 * 1024;

interface Waiting {
  text: string;
  id: string;
  done: () => void;
  failed: (reason: unknown) => void;
}

/**
 * Sends records in batches: the next batch leaves when the previous one is confirmed, so batches grow with the load and
 * nothing waits for a timer.
 */
export class RecordBatcher {
  private readonly waiting: Waiting[] = [];
  private sending = false;

  constructor(private readonly send: Send) {}

  /** Settles when the record is confirmed by the broker. */
  add(record: EventRecord): Promise<void> {
    return new Promise<void>((done, failed) => {
      this.waiting.push({ text: JSON.stringify(record), id: record.id, done, failed });
      if (!this.sending) void this.sendAll();
    });
  }

  private async sendAll(): Promise<void> {
    this.sending = true;
    // What is added in the same turn of the loop joins the first batch.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.sendBatch(this.takeBatch());
    this.sending = false;
  }

  private takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < Math.min(this.waiting.length, maxRecordsPerBatch)) {
      bytes += this.waiting[count]!.text.length;
      if (count > 0 && bytes > maxBatchBytes) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  private async sendBatch(batch: Waiting[]): Promise<void> {
    try {
      await this.send({
        exchange: '',
        routingKey: queueNames.outcomes,
        body: `{"${'records' satisfies keyof OutcomeBatch}":[${batch.map(({ text }) => text).join(',')}]}`,
        messageId: batch[0]!.id,
        type: messageTypes.outcomes,
      });
      for (const { done } of batch) done();
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }
}
