import type { ChannelModel } from 'amqplib';
import { aborted, within } from './back-off';
import { losesConsumers } from './broker-version';
import type { BrokerConnection } from './connection';
import { detailOf } from './explain-failure';
import { keepOpen } from './keep-open';
import { isSuspicious, silenceAfter, type Silence } from './silence';
import { Subscription } from './subscription';
import type { Timings } from './timings';
import type { ConsumeOptions, Consumer, MessagingLogger } from './types';

export interface ConsumerContext {
  connection: BrokerConnection;
  logger: MessagingLogger;
  timings: Timings;
}

/** Handlers of what came at the last moment may take this long before a silent subscription is made anew. */
const refreshMs = 300_000;
/** Patience doubles with each doubt, to four minutes. */
const doubtsAtMost = 4;

/** Consumes from one queue until stopped: a new subscription after every end of the last one. */
export class QueueConsumer implements Consumer {
  live = false;
  private subscription: Subscription | undefined;
  private problem: string | undefined = 'not subscribed yet';
  private outage = false;
  /** How often in a row the subscription was given up for its silence. */
  private doubts = 0;
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
    const model = await this.context.connection.live(this.stopping.signal);
    while (await this.subscribe(model));
  }

  /** One subscription to its end; whether another is to follow it at once. */
  private async subscribe(model: ChannelModel): Promise<boolean> {
    const { timings } = this.context;
    const channel = await within(timings.openMs, 'opening a channel', model.createChannel());
    const subscription = new Subscription(channel, this.options);
    this.subscription = subscription;
    const beating = this.beat(subscription, losesConsumers(model.connection.serverProperties.version));
    try {
      // Whoever stopped us while the channel was being opened had nothing to stop yet.
      if (this.stopping.signal.aborted) void subscription.stop(0);
      else await subscription.start(timings.openMs).then(() => this.becomeLive());
      const end = await subscription.ended;
      this.live = false;
      if (end.kind === 'lost') throw end.error;
      if (end.kind === 'threw') await this.recover(end.error);
      return end.kind === 'stopped' && !this.stopping.signal.aborted;
    } finally {
      this.live = false;
      clearInterval(beating);
      this.subscription = undefined;
    }
  }

  /** Makes a subscription anew that may be dead: it holds no work, and is given up as carefully as at a stop. */
  private beat(subscription: Subscription, mayBeForgotten: boolean): NodeJS.Timeout {
    const { beatMs, patience } = this.context.timings;
    const emptyMs = mayBeForgotten ? patience.emptyMs : Infinity;
    let silence: Silence | undefined;
    return setInterval(async () => {
      const beat = await subscription.beat(performance.now());
      silence = beat && silenceAfter(silence, beat);
      if (beat && beat.received > 0) this.doubts = 0;
      if (!silence || !isSuspicious(silence, { readyMs: patience.readyMs * 2 ** this.doubts, emptyMs })) return;
      this.doubt(silence.last.ready);
      silence = undefined;
      void subscription.stop(refreshMs);
    }, beatMs).unref();
  }

  /** One of several consumers of a queue with a single active one is silent for good reason: doubt it less each time. */
  private doubt(ready: number): void {
    if (ready === 0) return;
    const { queue } = this.options;
    if (this.doubts === 0)
      this.context.logger.warn({ queue, ready }, `${queue} has messages and sends none; consuming anew`);
    this.doubts = Math.min(this.doubts + 1, doubtsAtMost);
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
