import type { Logger } from '@patchbay/service-kit';
import type { DataSource } from 'typeorm';
import { msUntilDue, runBatch } from './run-batch';
import type { SendingTools } from './send-items';

/** How often a process looks for operations that another one was asked to start. */
const pollMs = 1_000;

/** So many operations are worked on at a time in one process, each holding a connection to the database. */
const workers = 3;

/** Runs the operations that are to run, beside those of other processes, until it is closed. */
export class ReplayRunner {
  private closing = false;
  private readonly resting = new Set<() => void>();
  private readonly ended: Promise<unknown>;
  private failing = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly tools: SendingTools,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {
    this.ended = Promise.all(Array.from({ length: workers }, () => this.run()));
  }

  /** Looks for work now, e.g. because an operation was just started. */
  wake(): void {
    for (const wakeUp of this.resting) wakeUp();
  }

  /** Ends with the batch it is at. */
  async close(): Promise<void> {
    this.closing = true;
    this.wake();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      const waitMs = await this.work();
      if (waitMs > 0 && !this.closing) await this.rest(waitMs);
    }
  }

  /** One batch; returns how long there is nothing to do. */
  private async work(): Promise<number> {
    try {
      const worked = await runBatch(this.dataSource, this.tools);
      this.failing = false;
      if (worked?.ended) this.logger.info({ operation: worked.operation.id }, 'a replay is done');
      if (worked) return 0;
      return Math.min((await msUntilDue(this.dataSource)) ?? pollMs, pollMs) || 1;
    } catch (error) {
      if (!this.failing) this.logger.warn({ err: error }, 'a replay cannot go on for the moment; trying again');
      this.failing = true;
      return pollMs;
    }
  }

  private async rest(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wakeUp = () => {
        clearTimeout(timer);
        this.resting.delete(wakeUp);
        resolve();
      };
      const timer = setTimeout(wakeUp, ms);
      this.resting.add(wakeUp);
    });
  }
}
