import { connect, type Channel, type ChannelModel } from 'amqplib';
import fc from 'fast-check';
import type { QueueSpec, Topology } from '@patchbay/contracts';
import {
  createTestBroker,
  eventually,
  startTcpProxy,
  waitForCount,
  type BrokerAddresses,
  type TcpProxy,
  type TestBroker,
} from '@patchbay/testing';
import { createMessaging } from './messaging';
import { PublishFailed } from './publish-failed';
import { publishUntilConfirmed } from './publish-until-confirmed';
import type { Timings } from './timings';
import type { Delivery, DeliveryHandler, Messaging, MessagingLogger, OutgoingMessage, Settlement } from './types';

interface Setup {
  messaging: Messaging;
  proxy: TcpProxy;
  /** A channel past the proxy, for looking at the broker from outside. */
  raw: Channel;
  /** Names of this test's own. */
  exchange: string;
  queue: string;
  logged: string[];
  send: (id: string, changes?: Partial<OutgoingMessage>) => Promise<void>;
  depth: () => Promise<number>;
}

interface SetupOptions {
  arguments?: QueueSpec['arguments'];
  timings?: Partial<Timings>;
  password?: string;
  /** In seconds. */
  heartbeat?: number;
}

const quorum = { 'x-queue-type': 'quorum' };

jest.setTimeout(30_000);

/** What the messaging layer promises, on a broker of that version, by default the one of this run of the tests. */
export function messagingSuite(major: 3 | 4, addresses?: BrokerAddresses): void {
  const since4 = major >= 4 ? it : it.skip;

  describe(`messaging on RabbitMQ ${major}`, () => {
    let broker: TestBroker;
    let observer: ChannelModel;
    const closers: (() => Promise<void>)[] = [];
    let count = 0;

    beforeAll(async () => {
      broker = await createTestBroker(addresses);
      observer = await connect(broker.amqpUrl);
    });
    afterEach(async () => {
      for (const close of closers.splice(0).reverse()) await close();
    });
    afterAll(async () => {
      await observer.close();
      await broker.remove();
    });

    async function setup(options: SetupOptions = {}): Promise<Setup> {
      const own = `t${++count}`;
      const address = new URL(broker.amqpUrl);
      const proxy = await startTcpProxy({ host: address.hostname, port: Number(address.port) });
      closers.push(() => proxy.close());
      address.host = `127.0.0.1:${proxy.port}`;
      if (options.password) address.password = options.password;
      if (options.heartbeat) address.searchParams.set('heartbeat', String(options.heartbeat));
      const logged: string[] = [];
      const messaging = createMessaging(
        { urls: [address.toString()], name: own, topology: topologyOf(own, options), logger: loggerInto(logged) },
        { reconnect: { shortestMs: 20, longestMs: 200 }, ...options.timings },
      );
      closers.push(() => messaging.close(2_000));
      const raw = await observer.createChannel();
      raw.on('error', () => undefined);
      const publisher = messaging.publisher('test');
      const send: Setup['send'] = (id, changes = {}) =>
        publisher.publish({ exchange: own, routingKey: 'a.b', body: '{}', messageId: id, type: 'test', ...changes });
      const depth = async () => (await raw.checkQueue(own)).messageCount;
      return { messaging, proxy, raw, exchange: own, queue: own, logged, send, depth };
    }

    async function readySetup(options?: SetupOptions): Promise<Setup> {
      const made = await setup(options);
      await made.messaging.ready();
      return made;
    }

    describe('inspecting', () => {
      it('tells what is ready and who consumes, and refuses a queue that is not there without harm', async () => {
        const { send, messaging, queue } = await readySetup();
        await send('m1');
        await eventually('one ready', async () => (await messaging.inspect(queue)).messages === 1);
        expect((await messaging.inspect(queue)).consumers).toBe(0);
        messaging.consume({ queue, prefetch: 1, handler: async () => 'ack' });
        await eventually('one consumer', async () => (await messaging.inspect(queue)).consumers === 1);
        await expect(messaging.inspect('not there')).rejects.toThrow('not there');
        expect(await reasonsOf([send('m2')])).toEqual(['stored']);
      });
    });

    describe('publishing', () => {
      it('R1.1 R1.33 a confirmed message is stored, persistent, with its properties and nothing else', async () => {
        const { send, raw, queue } = await readySetup();
        await send('m1', { body: '{"a":1}', correlationId: 'c1', headers: { traceparent: 't' } });
        const message = await raw.get(queue, { noAck: true });
        expect(message && message.content.toString()).toBe('{"a":1}');
        expect(message && setProperties(message.properties)).toEqual({
          contentType: 'application/json',
          correlationId: 'c1',
          deliveryMode: 2,
          headers: expect.objectContaining({ traceparent: 't' }),
          messageId: 'm1',
          timestamp: expect.any(Number),
          type: 'test',
        });
      });

      it('R1.2 R1.3 a message that no queue is bound for is refused, its neighbours are stored', async () => {
        const { send, depth } = await readySetup();
        const sent = await reasonsOf([send('m1'), send('m2', { routingKey: 'nowhere' }), send('m3')]);
        expect(sent).toEqual(['stored', 'returned', 'stored']);
        await eventually('two stored', async () => (await depth()) === 2);
      });

      it('R1.2 the same id sent twice at once: only the unroutable one is refused', async () => {
        const { send } = await readySetup();
        expect(await reasonsOf([send('m1', { routingKey: 'nowhere' }), send('m1')])).toEqual(['returned', 'stored']);
      });

      it('R1.4 a full queue refuses', async () => {
        const { send } = await readySetup({ arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
        const refused = await eventually('a refusal', () =>
          send('m').then(
            () => undefined,
            (error: unknown) => error,
          ),
        );
        expect(refused).toMatchObject({ reason: 'nack', messageId: 'm' });
      });

      it('R1.1 R1.5 what is on its way when the connection is lost fails as closed, and later messages go through', async () => {
        const { send, proxy, messaging } = await readySetup();
        await send('m0');
        proxy.stall();
        const onTheWay = reasonsOf([send('m1'), send('m2')]);
        proxy.cut();
        expect(await onTheWay).toEqual(['closed', 'closed']);
        proxy.resume();
        await messaging.ready();
        await send('m3');
      });

      it('R1.1 without a connection a publish fails at once', async () => {
        const { send, proxy, messaging } = await readySetup();
        proxy.refuse();
        await eventually('the loss is noticed', () => messaging.fault());
        expect(await reasonsOf([send('m1')])).toEqual(['closed']);
      });

      it('R1.7 an exchange that does not exist costs the channel, not the publisher', async () => {
        const { send, logged } = await readySetup();
        expect(await reasonsOf([send('m1', { exchange: 'missing' })])).toEqual(['closed']);
        await send('m2');
        expect(logged.join()).toContain("no exchange 'missing'");
      });

      it('R1.8 messages are stored in the order of the calls', async () => {
        const { send, messaging, queue } = await readySetup();
        const ids = Array.from({ length: 1_000 }, (_, index) => String(index));
        const seen = collect(messaging, queue);
        await Promise.all(ids.map((id) => send(id)));
        expect((await seen.wait(1_000)).map(({ messageId }) => messageId)).toEqual(ids);
      });

      it('R1.6 R1.8 at most 256 messages are unconfirmed, the rest wait their turn', async () => {
        const { send, proxy, depth } = await readySetup();
        await send('first');
        proxy.stall();
        const all = Promise.all(Array.from({ length: 300 }, (_, index) => send(String(index))));
        await eventually('the window is full', async () => (await depth()) === 257);
        expect(await depth()).toBe(257);
        proxy.resume();
        await all;
        await eventually('all stored', async () => (await depth()) === 301);
      });

      it('R1.5 a confirm that does not come in time leaves the outcome open', async () => {
        const { send, proxy, depth } = await readySetup({ timings: { publishMs: 200 } });
        await send('m0');
        proxy.stall();
        expect(await reasonsOf([send('m1')])).toEqual(['timeout']);
        proxy.resume();
        await eventually('it was stored all the same', async () => (await depth()) === 2);
        await send('m2');
      });

      it('R1.6 while the broker has an alarm publishes wait, and fail as blocked when it lasts', async () => {
        const { send, proxy, messaging, logged } = await readySetup({ timings: { publishMs: 300 } });
        await send('m0');
        const link = await connectionThat(proxy, method.confirmSelect);
        link.injectToClient(blockedFrame('low on memory'));
        await eventually('the alarm is heard', () => logged.some((line) => line.includes('publishes wait')));
        expect(await reasonsOf([send('m1')])).toEqual(['blocked']);
        expect(messaging.fault()).toBeUndefined();
        const waiting = send('m2');
        link.injectToClient(unblockedFrame);
        await waiting;
      });

      it('R1.8 a body over 16 MiB is refused unsent', async () => {
        const { send } = await readySetup();
        const body = Buffer.alloc(16 * 1024 * 1024 + 1);
        expect(await reasonsOf([send('m1', { body }), send('m2')])).toEqual(['too-large', 'stored']);
      });

      it.each(['CC', 'bcc', 'x-death'])('R1.10 the header %s, which the broker acts on, is refused', async (header) => {
        const { send } = await readySetup();
        await expect(send('m1', { headers: { [header]: 'other' } })).rejects.toThrow(header);
        await send('m2');
      });

      it('R1.3 R1.5 publishing until confirmed repeats the same id until a queue is bound again', async () => {
        const { messaging, raw, exchange, queue } = await readySetup();
        await raw.unbindQueue(queue, exchange, 'a.#');
        const logged: string[] = [];
        const message = { exchange, routingKey: 'a.b', body: '{}', messageId: 'm1', type: 'test' };
        const sent = publishUntilConfirmed(messaging.publisher('p'), message, { logger: loggerInto(logged) });
        await eventually('the first try failed', () => logged.length > 0);
        await raw.bindQueue(queue, exchange, 'a.#');
        await sent;
        const stored = await raw.get(queue, { noAck: true });
        expect(stored && stored.properties.messageId).toBe('m1');
      });

      it('publishing until confirmed ends with the last failure when it is aborted', async () => {
        const { messaging } = await readySetup();
        const stop = new AbortController();
        const message = { exchange: '', routingKey: 'nowhere', body: '{}', messageId: 'm1', type: 'test' };
        const aborting = { info: () => undefined, error: () => undefined, warn: () => stop.abort() };
        const sent = publishUntilConfirmed(messaging.publisher('p'), message, {
          signal: stop.signal,
          logger: aborting,
        });
        await expect(sent).rejects.toMatchObject({ reason: 'returned' });
      });

      it('R1.25 closing waits for the confirms that are outstanding', async () => {
        const { send, messaging, depth } = await readySetup();
        const sent = Promise.all(Array.from({ length: 500 }, (_, index) => send(String(index))));
        await messaging.close();
        await sent;
        await eventually('all stored', async () => (await depth()) === 500);
      });
    });

    describe('consuming', () => {
      it('R1.12 deliveries start in order, at most the prefetch at a time', async () => {
        const { send, messaging, queue, depth } = await readySetup();
        await Promise.all(['1', '2', '3', '4', '5'].map((id) => send(id)));
        const gates = new Map<string, () => void>();
        const started = waitForCount<string>([], 'started');
        messaging.consume({
          queue,
          prefetch: 2,
          handler: ({ messageId = '' }) =>
            new Promise((resolve) => {
              gates.set(messageId, () => resolve('ack'));
              started.add(messageId);
            }),
        });
        expect(await started.wait(2)).toEqual(['1', '2']);
        expect(await depth()).toBe(3);
        gates.get('2')?.();
        expect(await started.wait(3)).toEqual(['1', '2', '3']);
        gates.get('1')?.();
        expect(await started.wait(4)).toEqual(['1', '2', '3', '4']);
      });

      it('R1.14 a rejected message lands behind the dead-letter exchange, an acked one is gone', async () => {
        const { send, messaging, queue, raw, depth } = await readySetup();
        const seen = waitForCount<string>([], 'deliveries');
        messaging.consume({
          queue,
          prefetch: 10,
          handler: async ({ messageId = '' }) => {
            seen.add(messageId);
            return messageId === 'bad' ? 'reject' : 'ack';
          },
        });
        await Promise.all([send('good'), send('bad'), send('fine')]);
        await eventually('the dead letter', async () => (await raw.checkQueue(`${queue}.dead`)).messageCount === 1);
        const dead = await raw.get(`${queue}.dead`, { noAck: true });
        expect(dead && dead.properties.messageId).toBe('bad');
        // Once each: a rejected message does not go round until the broker gives up on it.
        await send('last');
        expect(await seen.wait(4)).toEqual(['good', 'bad', 'fine', 'last']);
        expect(await depth()).toBe(0);
      });

      it('R1.10 R1.18 R1.19 of hostile properties only id and type come through', async () => {
        const { messaging, queue, raw, exchange } = await readySetup();
        const seen = collect(messaging, queue);
        raw.publish(exchange, 'a.b', Buffer.from('x'), {
          headers: { 'x-death': [{ count: 9 }], 'x-delivery-count': 99, CC: [], ['__proto__']: { redelivered: true } },
          expiration: '60000',
          replyTo: 'elsewhere',
          messageId: 'm1',
          priority: 255,
        });
        const [delivery] = await seen.wait(1);
        expect({ ...delivery, lost: undefined }).toEqual({
          body: Buffer.from('x'),
          queue,
          exchange,
          routingKey: 'a.b',
          redelivered: false,
          deliveryCount: 0,
          messageId: 'm1',
          type: undefined,
          lost: undefined,
        });
      });

      it('R1.18 R1.19 headers nested too deeply to be read cost neither the connection nor a neighbour', async () => {
        const { messaging, proxy, queue, exchange, raw, send, logged, depth } = await readySetup();
        const seen = collect(messaging, queue);
        await send('before');
        await seen.wait(1);
        const link = await connectionThat(proxy, method.consume);
        const headers = Buffer.concat([entry('plain', 'S', longText('text')), entry('deep', 'F', nested(6_000))]);
        const hostile = publishFrames(
          channelOf(link.sent(), method.consume),
          exchange,
          'a.b',
          headers,
          '{"good":true}',
        );
        link.injectToServer(hostile);
        await eventually('it is consumed', async () => (await seen.wait(2)).length === 2);
        await send('after');
        const all = await seen.wait(3);
        expect(all.map(({ messageId, redelivered }) => [messageId, redelivered])).toEqual([
          ['before', false],
          ['m-hostile', false],
          ['after', false],
        ]);
        expect(all[1]?.body.toString()).toBe('{"good":true}');
        await eventually('all settled', async () => (await depth()) === 0);
        expect((await raw.checkQueue(`${queue}.dead`)).messageCount).toBe(0);
        expect(logged).toEqual([]);
      });

      it('R1.14 whatever handlers do, every message is settled exactly once or given out again', async () => {
        const conduct = fc.constantFrom('ack', 'reject', 'throw', 'throw at once', 'nonsense');
        const runs = fc.array(conduct, { minLength: 1, maxLength: 12 });
        await fc.assert(
          fc.asyncProperty(runs, async (conducts) => {
            const { send, messaging, queue, depth, raw } = await readySetup();
            const settled = new Set<string>();
            messaging.consume({ queue, prefetch: 5, handler: unreliable(conducts, (id) => settled.add(id)) });
            await Promise.all(conducts.map((_, index) => send(String(index))));
            await eventually('all are settled', () => settled.size === conducts.length);
            const rejected = conducts.filter((each) => each === 'reject').length;
            await eventually('all dead letters', async () => {
              return (await raw.checkQueue(`${queue}.dead`)).messageCount === rejected;
            });
            await eventually('nothing is left', async () => (await depth()) === 0);
          }),
          { numRuns: 4 },
        );
      });

      it('R1.36 a message that goes round through a waiting queue 50 times is still there', async () => {
        const { messaging, queue, exchange, raw } = await readySetup();
        await raw.assertExchange(`${queue}.due`, 'fanout');
        await raw.bindQueue(queue, `${queue}.due`, '');
        const rung = { ...quorum, 'x-message-ttl': 5, 'x-dead-letter-exchange': `${queue}.due` };
        await raw.assertQueue(`${queue}.rung`, { durable: true, arguments: rung });
        const publisher = messaging.publisher('rounds');
        const rounds = waitForCount<Delivery>([], 'rounds');
        let round = 0;
        const next = () =>
          publisher.publish({
            exchange: '',
            routingKey: `${queue}.rung`,
            body: String(round++),
            messageId: 'm',
            type: 't',
          });
        messaging.consume({
          queue,
          prefetch: 1,
          handler: async (delivery) => {
            if (round < 51) await next();
            rounds.add(delivery);
            return 'ack';
          },
        });
        await messaging
          .publisher('first')
          .publish({ exchange, routingKey: 'a.b', body: '', messageId: 'm', type: 't' });
        expect((await rounds.wait(52)).map(({ body }) => body.toString()).at(-1)).toBe('50');
      });

      it('R1.11 R1.15 a handler that throws gets its messages again, after its dependency is back', async () => {
        const { send, messaging, queue, logged } = await readySetup();
        const seen = waitForCount<Delivery>([], 'deliveries');
        let back = () => undefined as void;
        let broken = true;
        messaging.consume({
          queue,
          prefetch: 1,
          resumeWhen: () => new Promise((resolve) => (back = resolve)),
          handler: async (delivery) => {
            seen.add(delivery);
            if (broken) throw new Error('the database is away');
            return 'ack';
          },
        });
        await send('m1');
        const [first] = await seen.wait(1);
        await eventually('said so', () => messaging.fault()?.includes('the database is away'));
        expect(first?.lost.aborted).toBe(true);
        expect(logged.join()).toContain('a handler failed');
        // Longer than the back-off: until its dependency is back it stays away.
        for (let index = 0; index < 100; index++) await send('other');
        await expect(seen.wait(2, 0)).rejects.toThrow('there are 1');
        broken = false;
        back();
        const [, second] = await seen.wait(2);
        expect(second).toMatchObject({ messageId: 'm1', redelivered: true, deliveryCount: 1 });
        await eventually('healthy again', () => messaging.fault() === undefined);
      });
    });

    describe('recovering', () => {
      /** Consumes with one message held unsettled, so that a loss shows as a redelivery. */
      async function consuming(options?: SetupOptions) {
        const made = await readySetup(options);
        const seen = waitForCount<Delivery>([], 'deliveries');
        const consumer = made.messaging.consume({
          queue: made.queue,
          prefetch: 10,
          handler: (delivery) => {
            seen.add(delivery);
            return delivery.messageId === 'held' && !delivery.redelivered
              ? new Promise((resolve) => delivery.lost.addEventListener('abort', () => resolve('ack')))
              : Promise.resolve('ack');
          },
        });
        await made.send('held');
        const [held] = await seen.wait(1);
        return { ...made, seen, consumer, held: held! };
      }

      async function consumesAgain({ send, seen, messaging }: Awaited<ReturnType<typeof consuming>>) {
        await messaging.ready();
        await eventually('a publish goes through', () => send('after').then(() => true));
        await eventually('it is consumed', async () => (await seen.wait(2)).length >= 2);
        const all = await eventually('both seen', async () => {
          const ids = (await seen.wait(3)).map(({ messageId }) => messageId);
          return ids.includes('after') && ids;
        });
        await eventually('healthy', () => messaging.fault() === undefined);
        return all;
      }

      it('R1.13 R1.17 R1.20 R1.21 from a reset connection: everything unsettled is given out again', async () => {
        const made = await consuming();
        made.proxy.cut();
        expect((await consumesAgain(made)).sort()).toEqual(['after', 'held', 'held']);
        expect(made.held.lost.aborted).toBe(true);
        expect(made.logged.filter((line) => line.includes('trying again')).length).toBe(2);
      });

      it('R1.13 R1.20 R1.21 from a channel the broker closed with 406, as it does when an ack takes too long', async () => {
        const made = await consuming();
        const link = await connectionThat(made.proxy, method.consume);
        link.injectToServer(ackFrame(channelOf(link.sent(), method.consume), 999_999));
        expect((await consumesAgain(made)).sort()).toEqual(['after', 'held', 'held']);
        expect(made.held.lost.aborted).toBe(true);
        // What is delivered across the close costs the whole connection with this client library.
        expect(made.logged.join()).toMatch(/unknown delivery tag|unknown channel/);
      });

      it('R1.20 from a deleted queue, once it is there again', async () => {
        const made = await consuming();
        await made.raw.deleteQueue(made.queue);
        await eventually('the consumer is lost', () => !made.consumer.live);
        expect(made.messaging.fault()).toContain(`nothing consumes from ${made.queue} here`);
        await made.raw.assertQueue(made.queue, { durable: true, arguments: queueArguments(made.queue) });
        await made.raw.bindQueue(made.queue, made.exchange, 'a.#');
        await eventually('it is live', () => made.consumer.live);
        await made.send('after');
        expect((await made.seen.wait(2))[1]).toMatchObject({ messageId: 'after' });
      });

      it('R1.20 from a deleted queue, which it declares again by itself', async () => {
        const made = await consuming({ timings: { redeclareMs: 500 } });
        // Between two declarations: a queue made again while it is being deleted confuses RabbitMQ itself.
        const link = await connectionThat(made.proxy, method.confirmSelect);
        const declared = countOf(link.sent(), method.channelClose);
        await eventually('declared again', () => countOf(link.sent(), method.channelClose) > declared);
        await made.raw.deleteQueue(made.queue);
        await eventually('it is lost', () => made.held.lost.aborted);
        await eventually('it is there and bound again', () => made.send('after').then(() => true));
        expect((await made.seen.wait(2))[1]).toMatchObject({ messageId: 'after' });
      });

      it('R1.20 from a consumer that the broker has forgotten without a word', async () => {
        const { messaging, proxy, queue, send, logged } = await readySetup({ timings: { beatMs: 100 } });
        const seen = collect(messaging, queue);
        await send('before');
        await seen.wait(1);
        const link = await connectionThat(proxy, method.consume);
        link.injectToServer(cancelFrame(channelOf(link.sent(), method.consume), consumerTagIn(link.received())));
        await send('after');
        expect((await seen.wait(2))[1]).toMatchObject({ messageId: 'after' });
        expect(logged.join()).toContain('no longer knows');
      });

      it.each([
        ['what it is given', { readyMs: Infinity, emptyMs: 300 }],
        ['more than that', { readyMs: 300, emptyMs: Infinity }],
      ])('R1.20 from a queue deleted and made again at once, with %s waiting', async (_, patience) => {
        const { messaging, raw, queue, exchange, depth } = await readySetup({ timings: { beatMs: 50, patience } });
        const seen = waitForCount<string>([], 'deliveries');
        const consumer = messaging.consume({
          queue,
          prefetch: 1,
          handler: async ({ messageId = '' }) => {
            seen.add(messageId);
            return 'ack';
          },
        });
        await eventually('it is live', () => consumer.live);
        await raw.deleteQueue(queue);
        await raw.assertQueue(queue, { durable: true, arguments: queueArguments(queue) });
        await raw.bindQueue(queue, exchange, 'a.#');
        const ids = patience.emptyMs === Infinity ? ['1', '2', '3'] : ['1'];
        for (const messageId of ids) raw.publish(exchange, 'a.b', Buffer.from('x'), { messageId });
        expect(await seen.wait(ids.length)).toEqual(ids);
        await eventually('all settled', async () => (await depth()) === 0);
      });

      it('R1.20 a queue found missing gets time to be gone before it is made again', async () => {
        const timings = { redeclareMs: 100, deletionMs: 700 };
        const { raw, queue, exchange, send } = await readySetup({ timings });
        await raw.unbindQueue(queue, exchange, 'a.#');
        await eventually('what is missing of a queue is back soon', () => send('m1').then(() => true));
        // Before it is gone nobody can find it missing.
        const since = Date.now();
        await raw.deleteQueue(queue);
        await eventually('it is there and bound again', () => send('m2').then(() => true));
        expect(Date.now() - since).toBeGreaterThan(650);
      });

      since4('R1.20 from an ack that takes too long', async () => {
        const made = await consuming({ arguments: { 'x-consumer-timeout': 1_000 } });
        const ids = (await made.seen.wait(2)).map(({ messageId, redelivered }) => [messageId, redelivered]);
        expect(ids).toEqual([
          ['held', false],
          ['held', true],
        ]);
        expect(made.held.lost.aborted).toBe(true);
        await eventually('healthy', () => made.messaging.fault() === undefined);
      });

      it('R1.20 R1.22 from a broker that does not answer: consuming has a time limit', async () => {
        const { messaging, proxy, queue, send } = await readySetup({ timings: { openMs: 200, publishMs: 300 } });
        // Its channel is open before the broker falls silent.
        await send('before');
        proxy.stall();
        const seen = collect(messaging, queue);
        const said = `nothing consumes from ${queue} here: no answer within 200 ms`;
        await eventually('given up', () => messaging.fault()?.includes(said));
        proxy.resume();
        await eventually('a publish goes through', () => send('after').then(() => true));
        await seen.wait(1);
        await eventually('healthy', () => messaging.fault() === undefined);
      });

      it('R1.23 from a silent connection within three heartbeats, which are 24 s', async () => {
        const quick = await readySetup({ heartbeat: 2 });
        await quick.send('m0');
        const tuned = await connectionThat(quick.proxy, method.tuneOk);
        expect(heartbeatIn(tuned.sent())).toBe(2);
        quick.proxy.stall();
        const since = Date.now();
        const fault = await eventually('it is missed', () => quick.messaging.fault());
        expect(fault).toContain('does not answer (Heartbeat timeout)');
        expect(Date.now() - since).toBeLessThan(3 * 2_000 + 1_000);
        quick.proxy.resume();
        await quick.messaging.ready();
        const usual = await readySetup();
        expect(heartbeatIn((await connectionThat(usual.proxy, method.tuneOk)).sent())).toBe(8);
      });

      it('R1.23 from a broker that takes connections and says nothing', async () => {
        const { messaging, proxy } = await readySetup({ timings: { connectMs: 200 } });
        proxy.stall();
        proxy.cut();
        await eventually('said so', () => messaging.fault()?.includes('does not answer (connect ETIMEDOUT)'));
        proxy.resume();
        await messaging.ready();
      });

      it('R1.20 from a queue that is not there yet', async () => {
        const { messaging, raw, queue } = await readySetup();
        const late = `${queue}.late`;
        const seen = collect(messaging, late);
        await eventually('said so', () => messaging.fault()?.includes(`no queue '${late}'`));
        await raw.assertQueue(late, { durable: true, arguments: quorum });
        raw.sendToQueue(late, Buffer.from('x'));
        await seen.wait(1);
      });

      it('R1.24 from a queue with other arguments: the fault names the argument, and removing the queue heals it', async () => {
        const own = `t${count + 1}`;
        const channel = await observer.createChannel();
        await channel.assertQueue(own, { durable: true, arguments: queueArguments(own, { 'x-max-length': 7 }) });
        const { messaging, logged } = await setup({ arguments: { 'x-max-length': 8 } });
        const fault = await eventually(
          'said so',
          () => messaging.fault()?.includes('other arguments') && messaging.fault(),
        );
        expect(fault).toContain(`inequivalent arg 'x-max-length' for queue '${own}'`);
        expect(fault).toContain("received '8' but current is '7'");
        expect(logged.length).toBeLessThanOrEqual(2);
        await channel.deleteQueue(own);
        await messaging.ready();
        await eventually('healthy', () => messaging.fault() === undefined);
      });

      it('R1.23 from a broker that was away: one line per connection says so, one that it is back', async () => {
        const made = await readySetup({ timings: { connectMs: 200 } });
        await made.send('m0');
        made.proxy.refuse();
        await eventually('it is missed', () => made.messaging.fault());
        made.proxy.accept();
        await made.messaging.ready();
        await made.send('m1');
        expect(made.logged.filter((line) => line.includes('trying again')).length).toBeLessThanOrEqual(4);
        expect(made.logged.join()).toContain('connected to the broker again');
      });

      it('R1.23 a wrong password is said plainly, without showing it', async () => {
        const { messaging, logged } = await setup({ password: 'no-such-secret' });
        const fault = await eventually(
          'said so',
          () => messaging.fault()?.includes('refuses the user') && messaging.fault(),
        );
        expect(fault).toContain('correct AMQP_URL');
        expect(logged.join()).not.toContain('no-such-secret');
      });

      it('R1.23 a broker that is not there is named with what to do', async () => {
        const logged: string[] = [];
        const topology = { exchanges: [], queues: [] };
        const urls = ['amqp://127.0.0.1:1'];
        const messaging = createMessaging({ urls, name: 'test', topology, logger: loggerInto(logged) });
        closers.push(() => messaging.close(0));
        await eventually('said so', () => logged.length === 2);
        expect(messaging.fault()).toBe('no broker answers at 127.0.0.1:1; start RabbitMQ there or correct AMQP_URL');
      });
    });

    describe('stopping', () => {
      it('R1.25 25 hand-overs under load: nothing lost, out of order, delivered twice or overlapping', async () => {
        const { send, messaging, queue, depth } = await readySetup({ arguments: { 'x-single-active-consumer': true } });
        const seen: Delivery[] = [];
        const running = new Map<number, number>();
        let overlaps = 0;
        const consume = (owner: number) =>
          messaging.consume({
            queue,
            prefetch: 128,
            priority: owner,
            handler: async (delivery) => {
              seen.push(delivery);
              running.set(owner, (running.get(owner) ?? 0) + 1);
              if ([...running].some(([other, count]) => other !== owner && count > 0)) overlaps++;
              await new Promise((resolve) => setTimeout(resolve, (Number(delivery.messageId) * 7) % 5));
              running.set(owner, (running.get(owner) ?? 0) - 1);
              return 'ack';
            },
          });
        const load = sendUntilStopped(send);
        let former = consume(0);
        for (let owner = 1; owner <= 25; owner++) {
          const count = seen.length;
          await eventually('the lane flows', () => seen.length > count + 20);
          const next = consume(owner);
          await eventually('the next stands by', () => next.live);
          await former.stop(10_000);
          former = next;
        }
        const sent = await load.stop();
        await eventually('all consumed', () => seen.length >= sent);
        await eventually('all settled', async () => (await depth()) === 0);
        const order = seen.map(({ messageId }) => Number(messageId));
        expect(order).toEqual(Array.from({ length: sent }, (_, index) => index));
        expect(seen.filter(({ redelivered }) => redelivered)).toEqual([]);
        expect(overlaps).toBe(0);
      });

      since4('R1.25 the consumer of the highest priority is elected, and the lane moves over in order', async () => {
        const { send, messaging, queue } = await readySetup({ arguments: { 'x-single-active-consumer': true } });
        const seen = waitForCount<{ owner: number; id: number; redelivered: boolean }>([], 'deliveries');
        let last = 0;
        const consume = (priority: number) =>
          messaging.consume({
            queue,
            prefetch: 20,
            priority,
            handler: async ({ messageId, redelivered }) => {
              last = priority;
              seen.add({ owner: priority, id: Number(messageId), redelivered });
              await new Promise((resolve) => setTimeout(resolve, 2));
              return 'ack';
            },
          });
        const load = sendUntilStopped(send);
        const low = consume(1);
        await seen.wait(100);
        const high = consume(5);
        consume(3);
        const until = (owner: number) => eventually(`${owner} is elected`, () => last === owner);
        await until(5);
        await high.stop(10_000);
        await until(3);
        expect(low.live).toBe(true);
        const sent = await load.stop();
        const got = await seen.wait(sent);
        expect(got.map(({ id }) => id)).toEqual(Array.from({ length: sent }, (_, index) => index));
        expect(got.filter(({ redelivered }) => redelivered)).toEqual([]);
        expect(turns(got.map(({ owner }) => owner))).toEqual([1, 5, 3]);
      });

      it('R1.25 under load nothing is delivered twice or out of order, and the next consumer goes on', async () => {
        const { send, messaging, queue, depth } = await readySetup({ arguments: { 'x-single-active-consumer': true } });
        const ids = Array.from({ length: 2_000 }, (_, index) => String(index));
        await Promise.all(ids.map((id) => send(id)));
        const seen = waitForCount<Delivery>([], 'deliveries');
        const handler = async (delivery: Delivery): Promise<Settlement> => {
          seen.add(delivery);
          await new Promise((resolve) => setImmediate(resolve));
          return 'ack';
        };
        const first = messaging.consume({ queue, prefetch: 128, handler });
        await seen.wait(500);
        messaging.consume({ queue, prefetch: 128, handler });
        await first.stop(10_000);
        const all = await seen.wait(2_000);
        expect(all.map(({ messageId }) => messageId)).toEqual(ids);
        expect(all.filter(({ redelivered }) => redelivered)).toEqual([]);
        await eventually('all settled', async () => (await depth()) === 0);
      });

      it('R1.25 acks are withheld until all that is prefetched is done, rejections too', async () => {
        const { send, messaging, queue, raw } = await readySetup();
        await Promise.all([send('1'), send('2'), send('3')]);
        const gates: ((settlement: Settlement) => void)[] = [];
        const started = waitForCount<string>([], 'started');
        const consumer = messaging.consume({
          queue,
          prefetch: 3,
          handler: ({ messageId = '' }) =>
            new Promise((resolve) => {
              gates.push(resolve);
              started.add(messageId);
            }),
        });
        await started.wait(3);
        const stopped = consumer.stop(10_000);
        gates[0]?.('ack');
        gates[1]?.('reject');
        await send('4');
        expect((await raw.checkQueue(queue)).messageCount).toBe(1);
        gates[2]?.('ack');
        await stopped;
        await eventually('the rejected one', async () => (await raw.checkQueue(`${queue}.dead`)).messageCount === 1);
        const left = await raw.get(queue, { noAck: true });
        expect(left && [left.properties.messageId, left.fields.redelivered]).toEqual(['4', false]);
        expect(consumer.live).toBe(false);
      });

      it('R1.25 past the deadline what is unfinished is given out again', async () => {
        const { send, messaging, queue } = await readySetup();
        await send('m1');
        const started = waitForCount<Delivery>([], 'started');
        const consumer = messaging.consume({
          queue,
          prefetch: 1,
          handler: (delivery) => {
            started.add(delivery);
            return new Promise(() => undefined);
          },
        });
        const [hung] = await started.wait(1);
        await consumer.stop(20);
        expect(hung?.lost.aborted).toBe(true);
        const [again] = await collect(messaging, queue).wait(1);
        expect(again).toMatchObject({ messageId: 'm1', redelivered: true });
      });
    });

    describe('listening', () => {
      it('every listener hears what is sent to a fanout, also after a reconnect', async () => {
        const { messaging, proxy, exchange, raw } = await readySetup();
        const fanout = `${exchange}.news`;
        const [one, other] = [waitForCount<string>([], 'news'), waitForCount<string>([], 'news')];
        messaging.listen(fanout, (body) => one.add(body.toString()));
        messaging.listen(fanout, (body) => other.add(body.toString()));
        const tell = (text: string) => raw.publish(fanout, '', Buffer.from(text));
        await eventually(
          'both listen',
          async () => tell('1') && (await Promise.all([one.wait(1, 50), other.wait(1, 50)])),
        );
        proxy.cut();
        await eventually('both listen again', async () => {
          tell('2');
          return [await one.wait(20, 50), await other.wait(20, 50)].every((heard) => heard.includes('2'));
        });
      });
    });
  });
}

function topologyOf(own: string, options: SetupOptions): Topology {
  return {
    exchanges: [
      { name: own, type: 'topic' },
      { name: `${own}.dead`, type: 'fanout' },
      { name: `${own}.news`, type: 'fanout' },
    ],
    queues: [
      {
        name: own,
        arguments: queueArguments(own, options.arguments),
        bindings: [{ exchange: own, routingKey: 'a.#' }],
      },
      { name: `${own}.dead`, arguments: quorum, bindings: [{ exchange: `${own}.dead`, routingKey: '' }] },
    ],
  };
}

function queueArguments(own: string, changes: QueueSpec['arguments'] = {}): QueueSpec['arguments'] {
  return { ...quorum, 'x-dead-letter-exchange': `${own}.dead`, 'x-delivery-limit': 20, ...changes };
}

function loggerInto(lines: string[]): MessagingLogger {
  const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { info: write, warn: write, error: write };
}

function collect(messaging: Messaging, queue: string) {
  const seen = waitForCount<Delivery>([], 'deliveries');
  messaging.consume({
    queue,
    prefetch: 100,
    handler: async (delivery) => {
      seen.add(delivery);
      return 'ack';
    },
  });
  return seen;
}

/** Sends messages numbered from 0, some at a time; `stop` tells how many there were. */
function sendUntilStopped(send: Setup['send']) {
  let stopped = false;
  let count = 0;
  const sending = (async () => {
    while (!stopped) await Promise.all(Array.from({ length: 20 }, () => send(String(count++))));
  })();
  return {
    async stop() {
      stopped = true;
      await sending;
      return count;
    },
  };
}

/** Behaves by message, on its first delivery; later ones are acked. Tells which messages it has settled. */
function unreliable(conducts: string[], settled: (id: string) => unknown): DeliveryHandler {
  const thrown = new Set<string>();
  const settle = (id: string, settlement: Settlement) => {
    settled(id);
    return Promise.resolve(settlement);
  };
  return ({ messageId = '' }) => {
    const conduct = thrown.has(messageId) ? 'ack' : (conducts[Number(messageId)] ?? 'ack');
    if (conduct === 'ack' || conduct === 'reject') return settle(messageId, conduct);
    thrown.add(messageId);
    if (conduct === 'throw at once') throw new Error('thrown at once');
    return conduct === 'throw' ? Promise.reject(new Error('thrown')) : Promise.resolve('nonsense' as Settlement);
  };
}

/** The list without repetitions of what came before. */
function turns(owners: number[]): number[] {
  return owners.filter((owner, index) => owner !== owners[index - 1]);
}

async function reasonsOf(publishes: Promise<void>[]): Promise<string[]> {
  const settled = await Promise.allSettled(publishes);
  return settled.map((result) => {
    if (result.status === 'fulfilled') return 'stored';
    return result.reason instanceof PublishFailed ? result.reason.reason : String(result.reason);
  });
}

function setProperties(properties: object): object {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}

// AMQP 0-9-1 frames by hand: what no well-behaved client would send.

const method = {
  tuneOk: [10, 31],
  channelClose: [20, 40],
  consume: [60, 20],
  consumeOk: [60, 21],
  confirmSelect: [85, 10],
} as const;
type Method = (typeof method)[keyof typeof method];

/** The connection on which the client has called the method. */
function connectionThat(proxy: TcpProxy, called: Method) {
  return eventually('a connection with that method', () =>
    proxy.connections().find((link) => link.sent().includes(methodId(called))),
  );
}

function countOf(sent: Buffer, called: Method): number {
  return sent.toString('latin1').split(methodId(called).toString('latin1')).length - 1;
}

/** The channel of the method's frame: type (1 byte), channel (2), size (4), method. */
function channelOf(sent: Buffer, called: Method): number {
  return sent.readUInt16BE(sent.indexOf(methodId(called)) - 6);
}

function methodId([classId, id]: Method): Buffer {
  return Buffer.from([0, classId, 0, id]);
}

function frame(channel: number, payload: Buffer, type = 1): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

function ackFrame(channel: number, tag: number): Buffer {
  const payload = Buffer.alloc(13);
  payload.writeUInt16BE(60, 0);
  payload.writeUInt16BE(80, 2);
  payload.writeBigUInt64BE(BigInt(tag), 4);
  return frame(channel, payload);
}

function consumerTagIn(received: Buffer): Buffer {
  const start = received.indexOf(methodId(method.consumeOk)) + 4;
  return received.subarray(start, start + 1 + received.readUInt8(start));
}

/** With the no-wait bit, so that nothing is answered. */
function cancelFrame(channel: number, consumerTag: Buffer): Buffer {
  return frame(channel, Buffer.concat([Buffer.from([0, 60, 0, 30]), consumerTag, Buffer.from([1])]));
}

function blockedFrame(reason: string): Buffer {
  return frame(0, Buffer.concat([Buffer.from([0, 10, 0, 60, reason.length]), Buffer.from(reason)]));
}

const unblockedFrame = frame(0, Buffer.from([0, 10, 0, 61]));

/** After the method: the most channels (2 bytes), the longest frame (4), the seconds (2). */
function heartbeatIn(sent: Buffer): number {
  return sent.readUInt16BE(sent.indexOf(methodId(method.tuneOk)) + 10);
}

/** A message of id `m-hostile` with such a header table. */
function publishFrames(channel: number, exchange: string, routingKey: string, headers: Buffer, body: string): Buffer {
  const flags = Buffer.from([0x20, 0x80]);
  const size = Buffer.alloc(8);
  size.writeUInt32BE(body.length, 4);
  const call = Buffer.concat([
    Buffer.from([0, 60, 0, 40, 0, 0]),
    shortText(exchange),
    shortText(routingKey),
    Buffer.of(0),
  ]);
  const properties = Buffer.concat([longText(headers), shortText('m-hostile')]);
  const head = Buffer.concat([Buffer.from([0, 60, 0, 0]), size, flags, properties]);
  return Buffer.concat([frame(channel, call), frame(channel, head, 2), frame(channel, Buffer.from(body), 3)]);
}

function shortText(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
}

function longText(text: string | Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
}

function entry(key: string, tag: string, value: Buffer): Buffer {
  return Buffer.concat([shortText(key), Buffer.from(tag), value]);
}

/** A table in a table in a table. */
function nested(levels: number): Buffer {
  let table = longText('');
  for (let level = 0; level < levels; level++) table = longText(entry('a', 'F', table));
  return table;
}
