import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { Consumer, Delivery, Messaging, Settlement } from '@patchbay/messaging';
import { isObservable, lastValueFrom } from 'rxjs';
import { CannotStart } from './cannot-start';

/** Which queues feed the handlers of one pattern, and how. */
export interface Subscription {
  queues: string[] | (() => string[]);
  prefetch: number;
  /** Consumer priority by queue; 0 unless given. */
  priority?: (queue: string) => number;
  /** After a throwing handler: resolves when what it needs answers again. */
  resumeWhen?: () => Promise<void>;
  /** Consuming begins when this resolves; at once unless given. */
  startWhen?: Promise<void>;
}

/**
 * Nest's way to the queues: a controller method `@EventPattern('<pattern>')` takes the Delivery as `@Payload()` and
 * returns its Settlement; that value is the only ack. A throw makes messaging give the work out again.
 */
export class AmqpStrategy extends Server implements CustomTransportStrategy {
  private readonly consumers = new Map<string, Consumer>();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly messaging: Messaging,
    private readonly subscriptions: Record<string, Subscription>,
    private readonly stopWithinMs = 30_000,
  ) {
    super();
  }

  /** Starts the consumers; a pattern without its counterpart is a fault of the program, named in the error. */
  listen(started: (error?: unknown) => void): void {
    try {
      this.checkPatterns();
      for (const [pattern, subscription] of Object.entries(this.subscriptions)) this.begin(pattern, subscription);
      started();
    } catch (error) {
      started(error);
    }
  }

  /** Stops all consumers: running handlers finish, their acks go out, then nothing more is taken. */
  close(): Promise<void> {
    this.closing ??= Promise.all([...this.consumers.values()].map((consumer) => consumer.stop(this.stopWithinMs))).then(
      () => undefined,
    );
    return this.closing;
  }

  /** undefined when every consumer has its channel, else which queues are without. */
  fault(): string | undefined {
    const idle = [...this.consumers].filter(([, consumer]) => !consumer.live).map(([queue]) => queue);
    return idle.length === 0 ? undefined : `not consuming ${idle.join(', ')}`;
  }

  on(event: string): never {
    throw new Error(`the AMQP strategy has no event "${event}"`);
  }

  unwrap<T>(): T {
    return this.messaging as T;
  }

  private checkPatterns(): void {
    const handled = [...this.messageHandlers.keys()];
    const subscribed = Object.keys(this.subscriptions);
    const faults = [
      ...handled
        .filter((pattern) => !subscribed.includes(pattern))
        .map((one) => `pattern "${one}" has no subscription`),
      ...subscribed
        .filter((pattern) => !handled.includes(pattern))
        .map((one) => `subscription "${one}" has no handler`),
      ...handled.filter((pattern) => this.messageHandlers.get(pattern)?.next).map((one) => `"${one}" has two handlers`),
    ];
    if (faults.length > 0) throw new CannotStart(`The AMQP handlers do not fit: ${faults.join('; ')}.`);
  }

  private begin(pattern: string, subscription: Subscription): void {
    if (!subscription.startWhen) return this.subscribe(pattern, subscription);
    void subscription.startWhen.then(() => {
      if (!this.closing) this.subscribe(pattern, subscription);
    });
  }

  private subscribe(pattern: string, { queues, prefetch, priority, resumeWhen }: Subscription): void {
    const handle = this.messageHandlers.get(pattern)!;
    for (const queue of typeof queues === 'function' ? queues() : queues) {
      const consumer = this.messaging.consume({
        queue,
        prefetch,
        ...(priority && { priority: priority(queue) }),
        ...(resumeWhen && { resumeWhen }),
        handler: (delivery) => this.settle(pattern, handle, delivery),
      });
      this.consumers.set(queue, consumer);
    }
  }

  private async settle(pattern: string, handle: MessageHandler, delivery: Delivery): Promise<Settlement> {
    const returned: unknown = await handle(delivery);
    // Nest hands failures on as a stream that fails.
    const settlement: unknown = isObservable(returned) ? await lastValueFrom(returned) : returned;
    if (settlement === 'ack' || settlement === 'reject') return settlement;
    throw new Error(`the handler of "${pattern}" returned ${String(settlement)} instead of 'ack' or 'reject'`);
  }
}
