import { setMaxListeners } from 'node:events';
import type { Channel, ConsumeMessage, Replies } from 'amqplib';
import { aborted, pause, within } from './back-off';
import type { Beat } from './silence';
import type { ConsumeOptions, Delivery, Settlement } from './types';

/** Why a subscription is over: the broker took it away, the handler threw, or it was stopped. */
export type SubscriptionEnd =
  { kind: 'lost'; error: unknown } | { kind: 'threw'; error: unknown } | { kind: 'stopped' };

type Answer = Replies.AssertQueue;

/** A queue that has messages but sends none for so many questions gives them to another consumer. */
const silentAnswers = 10;
const silencePauseMs = 10;
/** An empty queue that sent something just now may do so again, across the cancel: a busy one fills the prefetch soon. */
const lullMs = 100;

/** One consumer on one channel, from consume-ok until the channel is gone. Never comes back; open another. */
export class Subscription {
  /** Never rejects. */
  readonly ended: Promise<SubscriptionEnd>;
  private end!: (end: SubscriptionEnd) => void;
  private over = false;
  private tag = '';
  private started: Promise<void> | undefined;
  private asked: Promise<Answer | undefined> | undefined;
  private stopped: Promise<void> | undefined;
  private received = 0;
  private receivedAt = -Infinity;
  private running = 0;
  private idle: (() => void) | undefined;
  /** While stopping: what has finished and is not settled yet. */
  private withheld: { message: ConsumeMessage; settlement: Settlement }[] | undefined;
  private readonly loss = new AbortController();
  private readonly deadline = new AbortController();

  constructor(
    private readonly channel: Channel,
    private readonly options: ConsumeOptions,
  ) {
    setMaxListeners(0, this.loss.signal);
    this.ended = new Promise((resolve) => {
      this.end = (end) => {
        this.over = true;
        this.loss.abort(new Error(`the channel that delivered from ${options.queue} is gone`));
        this.idle?.();
        resolve(end);
      };
    });
    let reason: unknown = new Error('the connection was lost');
    channel.on('error', (error) => (reason = error));
    channel.on('handler-error', (error) => (reason = error));
    channel.on('close', () => this.end({ kind: 'lost', error: reason }));
  }

  /** Consumes; throws when the broker refuses or does not answer in time. The first deliveries may come before. */
  async start(openMs: number): Promise<void> {
    this.started = within(openMs, `consuming from ${this.options.queue}`, this.consume());
    try {
      await this.started;
    } catch (error) {
      void this.closeChannel();
      throw error;
    }
  }

  /**
   * Asks the queue how it is; undefined while stopping, or when an earlier question is still open. Gives up when the
   * broker has forgotten the consumer.
   */
  async beat(at: number): Promise<Beat | undefined> {
    if (this.over || this.withheld || this.asked || this.tag === '') return undefined;
    this.asked = this.channel.checkQueue(this.options.queue).catch(() => undefined);
    const answer = await this.asked;
    this.asked = undefined;
    if (answer?.consumerCount === 0) this.forgotten();
    if (!answer || this.over || this.withheld) return undefined;
    return { at, ready: answer.messageCount, received: this.received, running: this.running };
  }

  /**
   * Finishes what is prefetched and gives the queue up without anything being delivered twice, if time allows. Called
   * again it joins in; the earliest deadline counts.
   */
  async stop(deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => this.deadline.abort(), deadlineMs);
    try {
      await (this.stopped ??= this.finish(this.deadline.signal));
    } finally {
      clearTimeout(timer);
    }
  }

  private async finish(deadline: AbortSignal): Promise<void> {
    this.withheld = [];
    try {
      await this.started?.catch(() => undefined);
      // An answer still awaited would let the acks leave before the cancel.
      await Promise.race([this.asked, aborted(deadline)]);
      await this.handOver(deadline);
    } finally {
      this.end({ kind: 'stopped' });
      await this.closeChannel();
    }
  }

  private forgotten(): void {
    if (this.withheld) return;
    this.giveUp({ kind: 'lost', error: new Error(`the broker no longer knows the consumer of ${this.options.queue}`) });
  }

  private async consume(): Promise<void> {
    const { queue, prefetch, priority } = this.options;
    await this.channel.prefetch(prefetch);
    const { consumerTag } = await this.channel.consume(queue, (message) => this.receive(message), {
      noAck: false,
      priority,
    });
    this.tag = consumerTag;
  }

  /** Null means that the broker cancelled the consumer: its queue is gone, or an ack took too long. */
  private receive(message: ConsumeMessage | null): void {
    if (message) void this.handle(message);
    else this.giveUp({ kind: 'lost', error: new Error(`the broker cancelled the consumer of ${this.options.queue}`) });
  }

  private async handle(message: ConsumeMessage): Promise<void> {
    if (this.over) return;
    this.received++;
    this.receivedAt = performance.now();
    this.running++;
    try {
      const settlement = await this.options.handler(deliveryOf(message, this.options.queue, this.loss.signal));
      this.settle(message, settlement);
    } catch (error) {
      this.giveUp({ kind: 'threw', error });
    } finally {
      this.running--;
      if (this.running === 0) this.idle?.();
    }
  }

  private settle(message: ConsumeMessage, settlement: Settlement): void {
    // Tags belong to their channel; one the broker does not know closes the next channel too.
    if (this.over) return;
    if (this.withheld) this.withheld.push({ message, settlement });
    else this.send(message, settlement);
  }

  private send(message: ConsumeMessage, settlement: Settlement): void {
    switch (settlement) {
      case 'ack':
        return this.channel.ack(message);
      case 'reject':
        return this.channel.reject(message, false);
      default:
        throw new TypeError(`a handler settles with 'ack' or 'reject', not with ${String(settlement satisfies never)}`);
    }
  }

  private giveUp(end: SubscriptionEnd): void {
    if (this.over) return;
    this.end(end);
    void this.closeChannel();
  }

  private async handOver(deadline: AbortSignal): Promise<void> {
    if (!(await this.exhausted(deadline))) return;
    // Cancel and acks leave back to back: with work in flight, or acks first, the next owner would overlap with us.
    const cancelled = this.channel.cancel(this.tag);
    this.release();
    await Promise.race([cancelled.catch(() => undefined), aborted(deadline)]);
    // What the broker gave out before it saw the cancel is finished here, not handed back as redelivered.
    if (!(await this.quiet(deadline))) return;
    // The queue has seen the acks once it has answered; closing at once would drop those still on their way.
    await this.askQueue(deadline);
  }

  /**
   * Waits until all that the broker has given out is done: the prefetch is full of withheld acks, or the queue has
   * nothing more for us. A delivery that crosses the cancel would run beside the next owner's.
   */
  private async exhausted(deadline: AbortSignal): Promise<boolean> {
    for (let silent = 0; await this.quiet(deadline); silent++) {
      if (this.withheld?.length === this.options.prefetch || silent === silentAnswers) return true;
      const received = this.received;
      const ready = await this.askQueue(deadline);
      const lull = received === this.received && performance.now() - this.receivedAt > lullMs;
      if (ready === 0 && lull) return this.quiet(deadline);
      if (ready === 0 || received !== this.received) silent = 0;
      // Acks sent just before the stop may still be on their way to the queue and make room for more.
      await pause(silencePauseMs, deadline);
    }
    return false;
  }

  /** A round trip through the queue itself: what it sent before the answer is here. Tells how much is ready in it. */
  private async askQueue(deadline: AbortSignal): Promise<number> {
    const answer = this.channel.checkQueue(this.options.queue).then(
      ({ messageCount }) => messageCount,
      () => 0,
    );
    return Promise.race([answer, aborted(deadline).then(() => 0)]);
  }

  /** Waits until no handler runs; false when the deadline or the loss of the channel came first. */
  private async quiet(deadline: AbortSignal): Promise<boolean> {
    while (this.running > 0 && !this.over && !deadline.aborted) {
      await Promise.race([new Promise<void>((resolve) => (this.idle = resolve)), aborted(deadline)]);
    }
    return !this.over && !deadline.aborted;
  }

  /** Rejections one by one, then one ack for all the rest: the broker may drop a long row of acks before a close. */
  private release(): void {
    const settled = this.withheld ?? [];
    this.withheld = undefined;
    for (const { message } of settled.filter(({ settlement }) => settlement === 'reject')) this.send(message, 'reject');
    const acked = settled.filter(({ settlement }) => settlement === 'ack').map(({ message }) => message);
    if (acked.length === 0) return;
    const last = acked.reduce((one, other) => (one.fields.deliveryTag > other.fields.deliveryTag ? one : other));
    this.channel.ack(last, true);
  }

  private async closeChannel(): Promise<void> {
    await within(5_000, 'closing a channel', this.channel.close()).catch(() => undefined);
  }
}

function deliveryOf({ content, fields, properties }: ConsumeMessage, queue: string, lost: AbortSignal): Delivery {
  return {
    body: content,
    queue,
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    redelivered: fields.redelivered,
    // A first delivery carries whatever the publisher wrote there.
    deliveryCount: fields.redelivered ? countOf(properties.headers) : 0,
    messageId: textOf(properties.messageId),
    type: textOf(properties.type),
    lost,
  };
}

function countOf(headers: object | undefined): number {
  const count: unknown = headers && Object.getOwnPropertyDescriptor(headers, 'x-delivery-count')?.value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function textOf(property: unknown): string | undefined {
  return typeof property === 'string' && property !== '' ? property : undefined;
}
