import type { Logger } from '@patchbay/service-kit';

export interface RepeatedJobOptions {
  /** For the log. */
  name: string;
  run: () => Promise<void>;
  everyMs: number;
  logger: Pick<Logger, 'warn'>;
}

/** Runs at once and then again and again, never twice at a time; what fails is said and tried again the next time. */
export class RepeatedJob {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void>;
  private stopped = false;

  constructor(private readonly options: RepeatedJobOptions) {
    this.running = this.round();
  }

  /** Resolves when no run is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async round(): Promise<void> {
    const { name, run, everyMs, logger } = this.options;
    try {
      await run();
    } catch (error) {
      logger.warn({ job: name, err: error }, 'a background job failed and is tried again');
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => (this.running = this.round()), everyMs).unref();
  }
}
