import { aborted, within } from './back-off';
import type { BrokerConnection } from './connection';
import { detailOf } from './explain-failure';
import { keepOpen } from './keep-open';
import { Subscription } from './subscription';
import type { Timings } from './timings';
import type { ConsumeOptions, Consumer, MessagingLogger } from './types';

export interface ConsumerContext {
  connection: BrokerConnection;
  logger: MessagingLogger;
  timings: Timings;
}

/** Consumes from one queue until stopped: a new subscription after every end of the last one. */
export class QueueConsumer implements Consumer {
  live = false;
  private subscription: Subscription | undefined;
  private problem: string | undefined = 'not subscribed yet';
  private outage = false;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    private readonly options: ConsumeOptions,
    private readonly context: ConsumerContext,
  ) {
    this.running = keepOpen({
      session: () => this.session(),
      onFailure: (error) => this.report(error),
      signal: this.stopping.signal,
      backOff: context.timings.reconnect,
    });
  }

  fault(): string | undefined {
    if (this.live || this.stopping.signal.aborted) return undefined;
    return `nothing consumes from ${this.options.queue} here: ${this.problem}`;
  }

  async stop(deadlineMs: number): Promise<void> {
    this.stopping.abort();
    await this.subscription?.stop(deadlineMs);
    await this.running;
  }

  private async session(): Promise<void> {
    const { connection, timings } = this.context;
    const model = await connection.live(this.stopping.signal);
    const channel = await within(timings.openMs, 'opening a channel', model.createChannel());
    const subscription = new Subscription(channel, this.options);
    this.subscription = subscription;
    const checking = setInterval(() => void subscription.check(), timings.redeclareMs).unref();
    try {
      await subscription.start(timings.openMs);
      this.becomeLive();
      const end = await subscription.ended;
      this.live = false;
      if (end.kind === 'lost') throw end.error;
      if (end.kind === 'threw') await this.recover(end.error);
    } finally {
      clearInterval(checking);
      this.subscription = undefined;
    }
  }

  private becomeLive(): void {
    this.live = true;
    this.problem = undefined;
    if (this.outage) this.context.logger.info({ queue: this.options.queue }, 'consuming again');
    this.outage = false;
  }

  private async recover(error: unknown): Promise<void> {
    const { queue, resumeWhen } = this.options;
    this.problem = `its handler failed: ${detailOf(error)}`;
    this.context.logger.error(
      { queue, err: error },
      'a handler failed; its messages are given out again after a pause',
    );
    this.outage = true;
    if (resumeWhen) await Promise.race([resumeWhen(), aborted(this.stopping.signal)]);
  }

  private report(error: unknown): void {
    this.problem = detailOf(error);
    if (this.outage || !this.context.connection.current()) return;
    this.outage = true;
    const { queue } = this.options;
    this.context.logger.warn({ queue }, `the consumer of ${queue} was lost: ${this.problem}; subscribing again`);
  }
}
