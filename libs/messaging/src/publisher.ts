import { setTimeout as elapse } from 'node:timers/promises';
import type { ChannelModel, ConfirmChannel, Message, Options } from 'amqplib';
import { within } from './back-off';
import type { BrokerConnection } from './connection';
import { detailOf } from './explain-failure';
import { keepOpen } from './keep-open';
import { PublishFailed } from './publish-failed';
import type { Timings } from './timings';
import type { MessagingLogger, OutgoingMessage, Publisher, PublishFailure } from './types';

interface Entry {
  message: OutgoingMessage;
  body: Buffer;
  written: boolean;
  settled: boolean;
  returned: string | undefined;
  timer: NodeJS.Timeout | undefined;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

export interface PublisherOptions {
  name: string;
  connection: BrokerConnection;
  logger: MessagingLogger;
  timings: Timings;
}

const window = 256;
/** Confirms that never came keep their place in the client; past this many the channel is made anew. */
const abandonedAtMost = 4 * window;
/** RabbitMQ 4's limit for one message. */
const bodyMaxBytes = 16 * 1024 * 1024;

/** Publishes on one confirm channel, in the order of the calls, with a window of unconfirmed messages. */
export class ChannelPublisher implements Publisher {
  private channel: ConfirmChannel | undefined;
  private writable = true;
  private unsettled = 0;
  private problem = 'its channel is not open yet';
  private readonly waiting: Entry[] = [];
  private readonly inFlight = new Set<Entry>();
  private readonly closing = new AbortController();

  constructor(private readonly options: PublisherOptions) {
    void keepOpen({
      session: () => this.session(),
      onFailure: (error) => this.report(error),
      signal: this.closing.signal,
      backOff: options.timings.reconnect,
    });
  }

  publish(message: OutgoingMessage): Promise<void> {
    const body = Buffer.isBuffer(message.body) ? message.body : Buffer.from(message.body);
    const refusal = this.refusalOf(message, body);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const entry: Entry = {
        message,
        body,
        written: false,
        settled: false,
        returned: undefined,
        timer: undefined,
        resolve,
        reject,
      };
      entry.timer = setTimeout(() => this.expire(entry), this.options.timings.publishMs);
      this.waiting.push(entry);
      this.pump();
    });
  }

  fault(): string | undefined {
    return this.channel ? undefined : `the publisher ${this.options.name} cannot publish: ${this.problem}`;
  }

  /** Resolves when every publish so far has settled, or at the deadline. */
  async drained(deadlineMs: number): Promise<void> {
    for (const end = Date.now() + deadlineMs; this.unsettled + this.waiting.length > 0 && Date.now() < end;) {
      await elapse(10);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.channel?.close().catch(() => undefined);
    this.failAll('the publisher was closed');
  }

  private refusalOf({ messageId }: OutgoingMessage, body: Buffer): PublishFailed | undefined {
    if (body.length > bodyMaxBytes) {
      return new PublishFailed('too-large', messageId, `${body.length} bytes, at most ${bodyMaxBytes} are taken`);
    }
    if (this.closing.signal.aborted || !this.options.connection.current()) {
      return new PublishFailed('closed', messageId, this.options.connection.fault() ?? 'the publisher is closed');
    }
    return undefined;
  }

  private async session(): Promise<void> {
    const model = await this.options.connection.live(this.closing.signal);
    const lost = this.attach(await this.open(model));
    const wake = () => this.pump();
    model.on('unblocked', wake);
    this.pump();
    await lost.finally(() => model.off('unblocked', wake));
  }

  private async open(model: ChannelModel): Promise<ConfirmChannel> {
    try {
      return await within(this.options.timings.openMs, 'opening a channel', model.createConfirmChannel());
    } catch (error) {
      this.failAll(detailOf(error));
      throw error;
    }
  }

  /** Takes the channel into use; the promise rejects when it is gone. */
  private attach(channel: ConfirmChannel): Promise<never> {
    let reason: unknown = new Error('the connection was lost');
    channel.on('error', (error) => (reason = error));
    channel.on('handler-error', (error) => (reason = error));
    channel.on('return', (message) => this.markReturned(message));
    channel.on('drain', () => {
      this.writable = true;
      this.pump();
    });
    this.channel = channel;
    this.writable = true;
    return new Promise((_, reject) => {
      // Before the client's own listener, which calls every outstanding confirm back as if it were a nack.
      channel.prependListener('close', () => {
        this.channel = undefined;
        this.failAll(detailOf(reason));
        reject(reason);
      });
    });
  }

  private pump(): void {
    while (this.channel && this.writable && this.unsettled < window && !this.options.connection.blocked) {
      const entry = this.waiting.shift();
      if (!entry) return;
      this.write(this.channel, entry);
    }
  }

  private write(channel: ConfirmChannel, entry: Entry): void {
    const { exchange, routingKey, messageId } = entry.message;
    try {
      this.writable = channel.publish(exchange, routingKey, entry.body, propertiesOf(entry.message), (error: unknown) =>
        this.confirmed(entry, error !== null),
      );
    } catch (error) {
      return settle(entry, failureOf(error, messageId));
    }
    entry.written = true;
    this.inFlight.add(entry);
    this.unsettled++;
  }

  private confirmed(entry: Entry, refused: boolean): void {
    this.inFlight.delete(entry);
    if (entry.settled) return;
    const { routingKey, exchange } = entry.message;
    const where = `routing key "${routingKey}" of exchange "${exchange}"`;
    if (refused) this.finish(entry, 'nack', `the broker refused it, a queue for ${where} may be full`);
    else if (entry.returned) this.finish(entry, 'returned', `no queue is bound for ${where} (${entry.returned})`);
    else this.finish(entry);
    this.pump();
  }

  private finish(entry: Entry, reason?: PublishFailure, detail = ''): void {
    if (entry.settled) return;
    if (entry.written) this.unsettled--;
    settle(entry, reason && new PublishFailed(reason, entry.message.messageId, detail));
  }

  private expire(entry: Entry): void {
    const after = `no confirm within ${this.options.timings.publishMs} ms`;
    if (entry.written) return this.abandon(entry, after);
    this.waiting.splice(this.waiting.indexOf(entry), 1);
    const { blocked } = this.options.connection;
    this.finish(entry, blocked ? 'blocked' : 'timeout', blocked ? 'the broker takes no messages for now' : after);
  }

  /** The entry stays in flight, so that a late return or confirm still finds it. */
  private abandon(entry: Entry, detail: string): void {
    this.finish(entry, 'timeout', detail);
    if (this.inFlight.size > abandonedAtMost) void this.channel?.close().catch(() => undefined);
    this.pump();
  }

  private failAll(detail: string): void {
    const all = [...this.inFlight, ...this.waiting.splice(0)];
    this.inFlight.clear();
    for (const entry of all) this.finish(entry, 'closed', detail);
  }

  /** A return comes before the confirm of the same message. */
  private markReturned({ fields, properties }: Message): void {
    const text = 'replyText' in fields ? String(fields.replyText) : 'returned';
    for (const entry of this.inFlight) {
      if (entry.returned || entry.message.messageId !== properties.messageId) continue;
      entry.returned = text;
      return;
    }
  }

  private report(error: unknown): void {
    this.problem = detailOf(error);
    if (!this.options.connection.current()) return;
    this.options.logger.warn(
      { publisher: this.options.name },
      `the broker closed the channel of publisher ${this.options.name}: ${this.problem}; opening another`,
    );
  }
}

function settle(entry: Entry, failure?: unknown): void {
  entry.settled = true;
  clearTimeout(entry.timer);
  if (failure) entry.reject(failure);
  else entry.resolve();
}

/** Why a message could not be written: the client throws before a byte of it is sent. */
function failureOf(error: unknown, messageId: string): unknown {
  if (error instanceof RangeError) return new PublishFailed('too-large', messageId, error.message);
  // A header that may not be sent is a bug of the caller; everything else comes from a channel on its way out.
  if (error instanceof TypeError) return error;
  return new PublishFailed('closed', messageId, error instanceof Error ? error.message : String(error));
}

function propertiesOf({ messageId, type, correlationId, headers }: OutgoingMessage): Options.Publish {
  return {
    persistent: true,
    mandatory: true,
    messageId,
    type,
    correlationId,
    contentType: 'application/json',
    timestamp: Math.floor(Date.now() / 1000),
    headers: headers && plainHeaders(headers),
  };
}

/** The broker acts on CC, BCC and x-*: a message carrying one of them is a bug of the caller. */
function plainHeaders(headers: Record<string, string | number>): Record<string, string | number> {
  const forbidden = Object.keys(headers).filter((name) => /^(b?cc|x-.*)$/i.test(name));
  if (forbidden.length > 0) throw new TypeError(`headers the broker acts on may not be sent: ${forbidden.join(', ')}`);
  return { ...headers };
}
