import type { Topology } from '@patchbay/contracts';

/** What the layer says of itself; a pino logger fits. */
export interface MessagingLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface MessagingOptions {
  /** One or more AMQP URLs; tried in random order. */
  urls: string[];
  /** Shown as the connection's name in the broker. */
  name: string;
  /** Declared on every connect, on a channel of its own, before anything is published; bindings again every 30 s. */
  topology: Topology;
  logger: MessagingLogger;
}

/** A message to send. Always persistent, mandatory and confirmed; there is no per-message expiration on purpose. */
export interface OutgoingMessage {
  /** '' publishes straight to the queue named by the routing key. */
  exchange: string;
  routingKey: string;
  /** JSON text or its bytes. */
  body: Buffer | string;
  messageId: string;
  type: string;
  correlationId?: string;
  /** A few words only; data belongs in the body. */
  headers?: Record<string, string | number>;
}

export type PublishFailure = 'nack' | 'returned' | 'timeout' | 'closed' | 'blocked' | 'too-large';

export interface Publisher {
  /**
   * Settles when the broker has confirmed. Calls are written to one channel in the order they were made; at most 256
   * are unconfirmed at a time, further ones wait their turn. Rejects with PublishFailed: `timeout` and `closed` leave
   * the outcome unknown (repeat with the same messageId), `nack` and `returned` mean not stored.
   */
  publish(message: OutgoingMessage): Promise<void>;
}

/** A message as the handler sees it; properties are hostile data, so only these few come through. */
export interface Delivery {
  body: Buffer;
  queue: string;
  exchange: string;
  routingKey: string;
  redelivered: boolean;
  /** How often the broker gave it out before, where it counts (quorum queues), else 0. */
  deliveryCount: number;
  messageId: string | undefined;
  type: string | undefined;
  /** Aborted when the channel is gone: the message will be given out again, and settling it has no effect. */
  lost: AbortSignal;
}

/** The only ways a delivery ends. `reject` sends it to the queue's dead-letter exchange. There is no requeue. */
export type Settlement = 'ack' | 'reject';

/**
 * Called in order of arrival without waiting for earlier calls; at most `prefetch` run at a time. A throw is broken
 * infrastructure or a bug: the consumer closes its channel (everything unsettled is given out again), waits for
 * `resumeWhen` and a back-off, and consumes anew.
 */
export type DeliveryHandler = (delivery: Delivery) => Promise<Settlement>;

export interface ConsumeOptions {
  queue: string;
  /** Explicit: the broker's default is unlimited. */
  prefetch: number;
  /** Consumer priority; the highest is elected on a queue with single active consumer (4.x). */
  priority?: number;
  /** After a throwing handler: resolves when the dependency answers again. */
  resumeWhen?: () => Promise<void>;
  handler: DeliveryHandler;
}

export interface Consumer {
  /**
   * Lets running handlers finish while withholding their acks, then cancels and acks back to back, awaits cancel-ok
   * and closes the channel; past the deadline it closes the channel at once (work is given out again).
   */
  stop(deadlineMs: number): Promise<void>;
  /** Whether it has a live channel with consume-ok. */
  readonly live: boolean;
}

export interface Messaging {
  /** Resolves once connected with the topology declared; keeps trying for ever, saying so in the log. */
  ready(): Promise<void>;
  /** A publisher with its own channel on the publishing connection. */
  publisher(name: string): Publisher;
  /** Starts consuming, now or as soon as connected; re-subscribes after every kind of loss. */
  consume(options: ConsumeOptions): Consumer;
  /** A queue of this listener's own that hears everything sent to a fanout exchange; nothing is kept while away. */
  listen(exchange: string, onMessage: (body: Buffer) => void): void;
  /** What is ready in a queue and who consumes it, without touching it; rejects when queue or broker are not there. */
  inspect(queue: string): Promise<{ messages: number; consumers: number }>;
  /** undefined when healthy, else what is wrong in one sentence, for readiness. */
  fault(): string | undefined;
  /** Stops consumers, waits for outstanding confirms, closes both connections. */
  close(deadlineMs?: number): Promise<void>;
}
