import type { Channel, ChannelModel } from 'amqplib';
import type { ExchangeSpec, QueueSpec, Topology } from '@patchbay/contracts';
import { pause } from './back-off';

const notFound = 404;

/**
 * Declares every exchange, queue and binding, all durable, on a channel of its own, so that a refusal closes nothing
 * else. Throws the broker's refusal, which names the object and the argument.
 */
export async function declareTopology(model: ChannelModel, topology: Topology): Promise<void> {
  const channel = await model.createChannel();
  // The refused call rejects with the same error; without a listener the process would end.
  channel.on('error', () => undefined);
  for (const exchange of topology.exchanges) await declareExchange(channel, exchange);
  for (const queue of topology.queues) await declareQueue(channel, queue);
  await channel.close();
}

/**
 * Declares again what may have been deleted since. When a queue is missing it gets `deletionMs` to be gone: RabbitMQ 3
 * leaves the consumers of a queue dead that is made again within some 100 ms of its deletion.
 */
export async function restoreTopology(model: ChannelModel, topology: Topology, deletionMs: number): Promise<void> {
  if (await isIncomplete(model, topology)) await pause(deletionMs);
  await declareTopology(model, topology);
}

async function isIncomplete(model: ChannelModel, { queues }: Topology): Promise<boolean> {
  const channel = await model.createChannel();
  let code: number | undefined;
  channel.on('error', (error: { code?: number }) => (code = error.code));
  try {
    for (const { name } of queues) await channel.checkQueue(name);
    await channel.close();
  } catch (error) {
    if (code !== notFound) throw error;
  }
  return code === notFound;
}

async function declareExchange(channel: Channel, { name, type, alternateExchange }: ExchangeSpec): Promise<void> {
  await channel.assertExchange(name, type, { durable: true, ...(alternateExchange && { alternateExchange }) });
}

async function declareQueue(channel: Channel, { name, arguments: given, bindings }: QueueSpec): Promise<void> {
  await channel.assertQueue(name, { durable: true, arguments: given });
  for (const { exchange, routingKey } of bindings) await channel.bindQueue(name, exchange, routingKey);
}
