import { once } from 'node:events';
import type { Channel, ChannelModel } from 'amqplib';
import { within } from './back-off';
import type { ConsumerContext } from './consumer';
import { detailOf } from './explain-failure';
import { keepOpen } from './keep-open';

export interface ListenOptions {
  exchange: string;
  onMessage: (body: Buffer) => void;
  signal: AbortSignal;
}

/** Hears everything sent to a fanout exchange, through a queue of its own that is made anew on every connection. */
export function listen(options: ListenOptions, { connection, logger, timings }: ConsumerContext): void {
  const { exchange, signal } = options;
  void keepOpen({
    session: async () => hear(await connection.live(signal), options, timings.openMs),
    onFailure: (error) =>
      connection.current() &&
      logger.warn({ exchange }, `the listener at ${exchange} was lost: ${detailOf(error)}; listening again`),
    signal,
    backOff: timings.reconnect,
  });
}

async function hear(model: ChannelModel, options: ListenOptions, openMs: number): Promise<void> {
  const channel = await within(openMs, 'opening a channel', model.createChannel());
  let reason: unknown = new Error('the connection was lost');
  channel.on('error', (error) => (reason = error));
  channel.on('handler-error', (error) => {
    reason = error;
    closeQuietly(channel);
  });
  const closed = once(channel, 'close').then(() => {
    throw reason;
  });
  const heard = within(openMs, `listening at ${options.exchange}`, subscribe(channel, options));
  await Promise.race([closed, heard.then(() => closed)]).finally(() => closeQuietly(channel));
}

async function subscribe(channel: Channel, { exchange, onMessage, signal }: ListenOptions): Promise<void> {
  const { queue } = await channel.assertQueue('', {
    exclusive: true,
    autoDelete: true,
    durable: false,
    arguments: { 'x-queue-type': 'classic' },
  });
  await channel.bindQueue(queue, exchange, '');
  const close = () => closeQuietly(channel);
  const receive = (message: { content: Buffer } | null) => (message ? onMessage(message.content) : close());
  await channel.consume(queue, receive, { noAck: true });
  signal.addEventListener('abort', close, { once: true });
  channel.once('close', () => signal.removeEventListener('abort', close));
}

function closeQuietly(channel: Channel): void {
  channel.close().catch(() => undefined);
}
