import { Controller, Module, type Type } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Topology } from '@patchbay/contracts';
import { createMessaging, type Delivery, type Messaging, type Settlement } from '@patchbay/messaging';
import { createTestBroker, eventually, type TestBroker } from '@patchbay/testing';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AmqpStrategy, bootService, createLogger, type RunningService, type Subscription } from './index';

/** What the handler gets and does; set by each test. */
let handle: (delivery: Delivery) => Promise<Settlement>;

@Controller()
class ParcelConsumer {
  @EventPattern('parcels')
  take(@Payload() delivery: Delivery): Promise<Settlement> {
    return handle(delivery);
  }
}

@Module({ controllers: [ParcelConsumer] })
class ParcelModule {}

@Module({})
class EmptyModule {}

const graveyard = { exchange: 'graveyard', routingKey: '' };
const topology: Topology = {
  exchanges: [{ name: 'graveyard', type: 'fanout' }],
  queues: [
    { name: 'parcels', arguments: { 'x-queue-type': 'quorum', 'x-dead-letter-exchange': 'graveyard' }, bindings: [] },
    { name: 'buried', arguments: { 'x-queue-type': 'quorum' }, bindings: [graveyard] },
  ],
};

describe('the AMQP strategy', () => {
  let broker: TestBroker;
  const folder = mkdtempSync(join(tmpdir(), 'service-kit-'));
  const opened: { service: RunningService | undefined; messaging: Messaging }[] = [];

  beforeAll(async () => {
    broker = await createTestBroker();
    writeFileSync(join(folder, 'tokens.json'), '{"tokens":[]}');
  });

  afterEach(async () => {
    for (const { service, messaging } of opened.splice(0)) {
      await service?.close();
      await messaging.close();
    }
  });

  afterAll(async () => {
    await broker.remove();
    rmSync(folder, { recursive: true });
  });

  async function setup(
    module: Type = ParcelModule,
    subscriptions: Record<string, Subscription> = { parcels: { queues: ['parcels'], prefetch: 4 } },
  ) {
    const log: string[] = [];
    const logger = createLogger('test', 'warn', { write: (line) => void log.push(line) });
    const messaging = createMessaging({ urls: [broker.amqpUrl], name: 'strategy', topology, logger });
    const bundle: (typeof opened)[number] = { service: undefined, messaging };
    opened.push(bundle);
    await messaging.ready();
    const strategy = new AmqpStrategy(messaging, subscriptions);
    const settings = { host: '127.0.0.1', port: 0 };
    const tokensFile = join(folder, 'tokens.json');
    const kit = { name: 'test', settings, logger, tokensFile, checks: {}, signals: false };
    bundle.service = await bootService({ ...kit, module, microservice: strategy });
    const publisher = messaging.publisher('test');
    const send = (body: string) =>
      publisher.publish({ exchange: '', routingKey: 'parcels', body, messageId: randomUUID(), type: 'parcel' });
    return { send, strategy, messaging, log };
  }

  it('gives a delivery to the handler of its pattern, whose value is the ack', async () => {
    const seen: string[] = [];
    handle = async ({ body }) => (seen.push(body.toString()), 'ack');
    const { send, strategy } = await setup();
    await send('one');
    await eventually('the parcel arrives', () => seen.length === 1);
    await strategy.close();
    handle = async ({ body }) => (seen.push(`again ${body.toString()}`), 'ack');
    await setup().then(({ send: sendMore }) => sendMore('two'));
    await eventually('the next parcel arrives', () => seen.length === 2);
    expect(seen).toEqual(['one', 'again two']);
  });

  it('rejects what the handler rejects', async () => {
    handle = async () => 'reject';
    const { send, messaging } = await setup();
    const buried = new Promise<string>((resolve) => {
      messaging.consume({
        queue: 'buried',
        prefetch: 1,
        handler: async ({ body }) => (resolve(body.toString()), 'ack'),
      });
    });
    await send('bad');
    expect(await buried).toBe('bad');
  });

  it.each([
    ['throws', () => Promise.reject(new Error('the database is away')), 'the database is away'],
    ['returns neither', () => Promise.resolve('maybe' as Settlement), `of \\"parcels\\" returned maybe`],
  ])('gives the work out again and logs why when the handler %s', async (_, failure, reason) => {
    const counts: boolean[] = [];
    handle = ({ redelivered }) => {
      counts.push(redelivered);
      return counts.length === 1 ? failure() : Promise.resolve('ack');
    };
    const { send, log } = await setup();
    await send('again');
    await eventually('it comes again', () => counts.length === 2);
    expect(counts).toEqual([false, true]);
    expect(log.filter((line) => line.includes(reason) && line.includes('parcels'))).not.toEqual([]);
  });

  it('does not start when a pattern and the subscriptions do not fit, and names both', async () => {
    const subscription = { queues: ['parcels'], prefetch: 1 };
    await expect(setup(ParcelModule, { letters: subscription })).rejects.toThrow(
      /pattern "parcels" has no subscription; subscription "letters" has no handler/,
    );
    await expect(setup(EmptyModule)).rejects.toThrow(/subscription "parcels" has no handler/);
  });
});
