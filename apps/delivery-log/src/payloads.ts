import type { EventRecord, ReplayOrder, SealedDetail } from '@patchbay/contracts';
import type { LifecycleEvent } from '@patchbay/edi';
import { CannotOpen, type Sealer } from '@patchbay/secrets';

/** What was sealed, or why it stays shut. */
export type Opened<T> = { value: T } | { fault: string };

/** The parts that may hold personal data: sealed in the queues and in the database, opened for those who may see them. */
export class Payloads {
  constructor(private readonly sealer: Sealer) {}

  detailOf(record: Pick<EventRecord, 'id' | 'sealed'>): Opened<SealedDetail> {
    return this.open(record.sealed, `record:${record.id}`);
  }

  eventOf(deadLetter: { deliveryId: string; sealed: string }): Opened<LifecycleEvent> {
    return this.open(deadLetter.sealed, `dead-letter:${deadLetter.deliveryId}`);
  }

  sealOrder(jobId: string, order: ReplayOrder): string {
    return this.sealer.seal(JSON.stringify(order), `job:${jobId}`);
  }

  sealBody(rejectedId: string, bodyBase64: string): string {
    return this.sealer.seal(JSON.stringify(bodyBase64), `rejected:${rejectedId}`);
  }

  bodyOf(rejected: { id: string; sealed: string }): Opened<string> {
    return this.open(rejected.sealed, `rejected:${rejected.id}`);
  }

  private open<T>(sealed: string, aad: string): Opened<T> {
    try {
      return { value: JSON.parse(this.sealer.open(sealed, aad)) as T };
    } catch (error) {
      if (error instanceof CannotOpen) return { fault: error.message };
      throw error;
    }
  }
}
