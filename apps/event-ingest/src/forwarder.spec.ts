import { connect, type ConfirmChannel } from 'amqplib';
import { exchangeNames, type LaneEvent, queueNames, type Topology } from '@patchbay/contracts';
import { createMessaging, type Messaging, type Publisher } from '@patchbay/messaging';
import { createTestBroker, eventually, startTcpProxy, type TcpProxy, type TestBroker } from '@patchbay/testing';
import { acceptEvent } from './accept-event';
import { anEvent } from './an-event.builder';
import { Forwarder } from './forwarder';

jest.setTimeout(30_000);

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const never = new AbortController().signal;

let broker: TestBroker;
let proxy: TcpProxy;
let messaging: Messaging;
let forwarder: Forwarder;
let raw: ConfirmChannel;
let closeRaw: () => Promise<void>;

beforeEach(async () => {
  broker = await createTestBroker();
  const observer = await connect(broker.amqpUrl);
  closeRaw = () => observer.close();
  raw = await observer.createConfirmChannel();
  const address = new URL(broker.amqpUrl);
  proxy = await startTcpProxy({ host: address.hostname, port: Number(address.port) });
  address.host = `127.0.0.1:${proxy.port}`;
  messaging = createMessaging({ urls: [address.toString()], name: 'test', topology: oneSmallLane(), logger: silent });
  forwarder = new Forwarder({ publisher: messaging.publisher('lanes'), lanes: 1, logger: silent, turnMs: 200 });
  await messaging.ready();
});

afterEach(async () => {
  await messaging.close(0);
  await proxy.close();
  await closeRaw();
  await broker.remove();
});

it('a lane that fills up and empties again keeps every conversation in order', async () => {
  const sent = Promise.all(numbered(60).map((event) => forwarder.forward(event, never)));
  const stored = await drainUntil(60);
  await sent;
  expect(firstOf(stored, 'a')).toEqual(numbersOf('a', 60));
  expect(firstOf(stored, 'b')).toEqual(numbersOf('b', 60));
});

it('connections that break keep every conversation in order', async () => {
  const sent = Promise.all(numbered(60).map((event) => forwarder.forward(event, never)));
  const stored = await drainUntil(60, (count) => [3, 13, 31].includes(count) && proxy.cut());
  await sent;
  expect(firstOf(stored, 'a')).toEqual(numbersOf('a', 60));
  expect(firstOf(stored, 'b')).toEqual(numbersOf('b', 60));
});

it('an event that cannot be published at all is not overtaken by those behind it', async () => {
  const broken = new TypeError('broken');
  const published: string[] = [];
  const publisher: Publisher = {
    publish: ({ messageId }) =>
      messageId === 'a0' ? Promise.reject(broken) : Promise.resolve(void published.push(messageId)),
  };
  const own = new Forwarder({ publisher, lanes: 1, logger: silent });
  const all = ['a0', 'a1', 'a2'].map((id) => own.forward(event(id, 'a'), never));
  const other = own.forward(event('b0', 'b'), never);
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await other;
  // It comes again, with those behind it, when its channel was made anew.
  await own.forward(event('a1', 'a'), never);
  expect(published).toEqual(['b0', 'a1']);
});

it('a request is told at once that the lane is full', async () => {
  await fill();
  await expect(forwarder.forwardOnce(event('late', 'c'))).rejects.toMatchObject({ reason: 'nack' });
});

it('a request behind a waiting event of its conversation is told in time, and overtakes nothing', async () => {
  await fill();
  const waiting = forwarder.forward(event('1', 'a'), never);
  await expect(forwarder.forwardOnce(event('2', 'a'))).rejects.toMatchObject({ reason: 'timeout' });
  await raw.purgeQueue(queueNames.lane(0));
  await waiting;
  await forwarder.forwardOnce(event('2', 'a'));
  expect(await drainUntil(2)).toEqual(['a 1', 'a 2']);
});

it('an event of a lost delivery is not published any more: it would overtake its predecessor', async () => {
  await expect(forwarder.forward(event('2', 'a'), AbortSignal.abort(new Error('lost')))).rejects.toThrow('lost');
  await forwarder.forwardOnce(event('1', 'a'));
  expect(await drainUntil(1)).toEqual(['a 1']);
});

it('a waiting event is given up when its delivery is lost', async () => {
  await fill();
  const lost = new AbortController();
  const logger = { ...silent, warn: () => lost.abort() };
  const impatient = new Forwarder({ publisher: messaging.publisher('other'), lanes: 1, logger });
  await expect(impatient.forward(event('1', 'a'), lost.signal)).rejects.toMatchObject({ reason: 'nack' });
});

it('an id too long for a property is whole in the body', async () => {
  const id = 'é'.repeat(200);
  await forwarder.forwardOnce(event(id, 'a'));
  const message = await raw.get(queueNames.lane(0), { noAck: true });
  expect(message && message.properties.messageId).toMatch(/^[0-9a-f-]{36}$/);
  expect(message && JSON.parse(message.content.toString()).id).toBe(id);
});

function oneSmallLane(): Topology {
  const limits = { 'x-queue-type': 'quorum', 'x-max-length': 5, 'x-overflow': 'reject-publish' };
  const bindings = [{ exchange: exchangeNames.events, routingKey: '0.#' }];
  return {
    exchanges: [{ name: exchangeNames.events, type: 'topic' }],
    queues: [{ name: queueNames.lane(0), arguments: limits, bindings }],
  };
}

function event(id: string, conversation: string): LaneEvent {
  const body = JSON.stringify(anEvent({ id, contact: { guid: conversation } }));
  const acceptance = acceptEvent(Buffer.from(body), '2026-11-22T08:44:45.000Z');
  if (!acceptance.accepted) throw new Error(acceptance.reason);
  return acceptance.event;
}

/** Two conversations by turns. */
function numbered(count: number): LaneEvent[] {
  return Array.from({ length: count }, (_, index) => event(String(index), index % 2 ? 'b' : 'a'));
}

function numbersOf(conversation: string, count: number): string[] {
  return numbered(count)
    .filter(({ contact }) => contact.guid === conversation)
    .map(({ id }) => id);
}

/** Ids in the order in which the lane gave them out first; repeats are the reader's to suppress. */
function firstOf(stored: string[], conversation: string): string[] {
  const ids = stored.map((text) => text.split(' ')).filter(([guid]) => guid === conversation);
  return [...new Set(ids.map(([, id]) => id!))];
}

/** Takes messages out one by one until so many different ones have been seen. */
async function drainUntil(count: number, onStored: (count: number) => unknown = () => undefined): Promise<string[]> {
  const stored: string[] = [];
  await eventually(`${count} events`, async () => {
    const message = await raw.get(queueNames.lane(0), { noAck: true });
    if (message) onStored(stored.push(nameOf(message.content)));
    return new Set(stored).size >= count;
  });
  return stored;
}

function nameOf(content: Buffer): string {
  const { id, contact } = JSON.parse(content.toString()) as LaneEvent;
  return `${contact.guid} ${id}`;
}

/** The limit overshoots a little, so until a refusal. */
async function fill(): Promise<void> {
  for (let count = 0; ; count++) {
    const refused = await forwarder.forwardOnce(event(`fill-${count}`, 'filling')).catch((error: unknown) => error);
    if (refused) return;
  }
}
