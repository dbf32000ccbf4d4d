interface Waiting<T> {
  item: T;
  done: (fault: string | undefined) => void;
  failed: (error: unknown) => void;
}

export interface BatcherOptions<T> {
  /** Commits all items or none. */
  commit: (items: T[]) => Promise<void>;
  /** How much an item weighs; a commit takes items up to `maxWeight`, at least one. */
  weigh: (item: T) => number;
  maxWeight: number;
  /** So many commits run at the same time, in no order; 1 unless given. */
  atOnce?: number;
  /** What makes an error the item's own fault, in one sentence; undefined for broken infrastructure. */
  faultOf: (error: unknown) => string | undefined;
}

/** Commits together what arrives while the commit before is under way: batches grow with the load, without a timer. */
export class Batcher<T> {
  private waiting: Waiting<T>[] = [];
  private running = 0;

  constructor(private readonly options: BatcherOptions<T>) {}

  /** Resolves when the item is committed, or with what is wrong with it; rejects when nothing could be committed. */
  add(item: T): Promise<string | undefined> {
    return new Promise((done, failed) => {
      this.waiting.push({ item, done, failed });
      if (this.running < (this.options.atOnce ?? 1)) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running++;
    // What is delivered in the same turn of the loop joins the first batch.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.commit(this.take());
    this.running--;
  }

  private take(): Waiting<T>[] {
    let weight = 0;
    let count = 0;
    for (const { item } of this.waiting) {
      weight += this.options.weigh(item);
      if (count > 0 && weight > this.options.maxWeight) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async commit(batch: Waiting<T>[]): Promise<void> {
    try {
      await this.options.commit(batch.map(({ item }) => item));
      for (const { done } of batch) done(undefined);
    } catch (error) {
      await this.settleFailure(batch, error);
    }
  }

  /** One bad item must not hold up its neighbours: each is then committed alone. */
  private async settleFailure(batch: Waiting<T>[], error: unknown): Promise<void> {
    const fault = this.options.faultOf(error);
    if (fault === undefined) return batch.forEach(({ failed }) => failed(error));
    if (batch.length === 1) return batch[0]!.done(fault);
    for (const one of batch) await this.commit([one]);
  }
}
