import { connect, type ConfirmChannel, type ConsumeMessage, type Options } from 'amqplib';
import axios, { type AxiosInstance } from 'axios';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  eventMaxBytes,
  exchangeNames,
  laneOf,
  type LaneEvent,
  queueNames,
  type RejectedMessage,
} from '@patchbay/contracts';
import { createLogger, hashToken, type RunningService } from '@patchbay/service-kit';
import { createTestBroker, eventually, startTcpProxy, type TcpProxy, type TestBroker } from '@patchbay/testing';
import { anEvent } from './an-event.builder';
import { readEventIngestSettings } from './config';
import { startEventIngest } from './start-event-ingest';

jest.setTimeout(60_000);

const lanes = 4;
const lane = laneOf('conversation-1', lanes);
const laneQueue = queueNames.lane(lane);
/** What lanes and patchbay.rejected have given out since the test began, by queue. */
const arrived = new Map<string, ConsumeMessage[]>();

let broker: TestBroker;
let proxy: TcpProxy;
let service: RunningService;
let http: AxiosInstance;
let raw: ConfirmChannel;
let closeRaw: () => Promise<void>;
let folder: string;

beforeAll(async () => {
  broker = await createTestBroker();
  const observer = await connect(broker.amqpUrl);
  closeRaw = () => observer.close();
  raw = await observer.createConfirmChannel();
  const address = new URL(broker.amqpUrl);
  proxy = await startTcpProxy({ host: address.hostname, port: Number(address.port) });
  address.host = `127.0.0.1:${proxy.port}`;
  folder = mkdtempSync(join(tmpdir(), 'event-ingest-'));
  const settings = readEventIngestSettings({
    PATCHBAY_TOKENS_FILE: writeTokens(folder),
    PATCHBAY_LANES: String(lanes),
    AMQP_URL: address.toString(),
  });
  service = await startEventIngest(settings, createLogger('event-ingest', 'error', { write: () => undefined }), {
    signals: false,
  });
  http = axios.create({
    baseURL: service.url,
    headers: { Authorization: 'Bearer publish', 'Content-Type': 'application/json' },
    validateStatus: () => true,
    proxy: false,
  });
  await eventually('it is ready', async () => (await http.get('/health/ready')).status === 200, 40_000);
  for (let lane = 0; lane < lanes; lane++) await collectFrom(queueNames.lane(lane));
  await collectFrom(queueNames.rejected);
});

afterEach(() => arrived.clear());

afterAll(async () => {
  await service.close();
  await proxy.close();
  await closeRaw();
  await broker.remove();
  rmSync(folder, { recursive: true });
});

describe('over AMQP', () => {
  it('an event reaches the lane of its conversation under its routing key', async () => {
    await publish(anEvent({ id: 'e1' }));
    const message = await take(laneQueue);
    expect(message.fields).toMatchObject({ exchange: 'patchbay.events', routingKey: `${lane}.phone.inbound.queued` });
    expect(message.properties).toMatchObject({
      messageId: 'e1',
      correlationId: 'call-1',
      type: 'patchbay.conversation-event.v1',
      contentType: 'application/json',
      deliveryMode: 2,
    });
    const event = JSON.parse(message.content.toString()) as LaneEvent;
    expect(event).toMatchObject({
      id: 'e1',
      acceptedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      contact: { queue: null },
    });
    expect(await depthOf(queueNames.intake)).toBe(0);
  });

  it('events of a conversation keep their order', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `e${index}`);
    for (const id of ids) void publish(anEvent({ id }));
    await eventually('all are there', () => idsIn(laneQueue).length === 500);
    expect(idsIn(laneQueue)).toEqual(ids);
  });

  it.each([
    ['an empty body', Buffer.alloc(0), 'empty'],
    ['what is not JSON', Buffer.from('hello'), 'is not JSON'],
    ['an array', Buffer.from('[]'), 'must be object'],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not UTF-8'],
    ['a gzipped body that says so', Buffer.from('1f8b0800', 'hex'), 'not UTF-8'],
    ['more than 256 KiB', Buffer.alloc(eventMaxBytes + 1, 0x20), 'at most 262144'],
    ['more than 1 MiB', Buffer.alloc(1024 * 1024 + 1, 0x20), 'at most 262144'],
    ['200,000 levels', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)), 'deeper than 64'],
    ['an unknown event', Buffer.from(JSON.stringify(anEvent({ event: { name: 'exploded' } }))), 'event.name must be'],
  ])('%s goes to patchbay.rejected with the reason, and the next event through', async (_, body, reason) => {
    raw.publish(exchangeNames.intake, 'conversation.event', body, { contentEncoding: 'gzip' });
    await publish(anEvent({ id: 'next' }));
    const rejected = JSON.parse((await take(queueNames.rejected)).content.toString()) as RejectedMessage;
    expect(rejected).toMatchObject({ source: 'amqp', reason: expect.stringContaining(reason) });
    expect(Buffer.from(rejected.bodyBase64, 'base64').equals(body.subarray(0, 1024 * 1024))).toBe(true);
    expect((await take(laneQueue)).properties.messageId).toBe('next');
    await eventually('intake is empty', async () => (await depthOf(queueNames.intake)) === 0);
  });

  it.each<[string, Options.Publish]>([
    ['headers the broker acts on', { headers: { 'x-death': [{ count: 9 }], 'x-delivery-count': 19, evil: '1' } }],
    ['headers of 60 KB', { headers: { long: 'x'.repeat(60_000) } }],
    ['binary headers', { headers: { bytes: Buffer.from([0, 255]) } }],
    ['a wrong content type', { contentType: 'text/xml' }],
    ['a content encoding that lies', { contentEncoding: 'gzip' }],
    ['a type of the future', { type: 'patchbay.conversation-event.v9' }],
    ['a priority and an answer address', { priority: 255, replyTo: 'elsewhere' }],
    ['an expiration', { expiration: '60000' }],
    ['a message id of its own', { messageId: 'other', correlationId: 'other', timestamp: 1 }],
  ])('%s: the event goes through, the property does not', async (_, properties) => {
    raw.publish(
      exchangeNames.intake,
      'conversation.event',
      Buffer.from(JSON.stringify(anEvent({ id: 'e1' }))),
      properties,
    );
    const message = await take(laneQueue);
    const { headers, ...sent } = message.properties;
    expect(Object.keys(headers ?? {}).filter((name) => name !== 'x-delivery-count')).toEqual([]);
    expect(sent).toMatchObject({
      messageId: 'e1',
      correlationId: 'call-1',
      type: 'patchbay.conversation-event.v1',
      contentType: 'application/json',
      contentEncoding: undefined,
      priority: undefined,
      replyTo: undefined,
      expiration: undefined,
    });
  });

  it('headers nested 3,000 deep, which the broker hands on, harm nobody', async () => {
    const address = new URL(broker.amqpUrl);
    const between = await startTcpProxy({ host: address.hostname, port: Number(address.port) });
    address.host = `127.0.0.1:${between.port}`;
    const hostile = await connect(address.toString());
    await hostile.createChannel();
    const body = Buffer.from(JSON.stringify(anEvent({ id: 'e1' })));
    between.connections()[0]!.injectToServer(framesWithNestedHeaders(3_000, body));
    expect((await take(laneQueue)).properties.messageId).toBe('e1');
    await hostile.close();
    await between.close();
  });

  it('a CC header sends nothing anywhere else', async () => {
    const { queue } = await raw.assertQueue('', { exclusive: true });
    // The broker itself obeys a CC on the way in; what we publish carries none.
    await publish(anEvent({ id: 'e1' }), { CC: queue });
    await take(laneQueue);
    expect(await depthOf(queue)).toBe(0);
  });

  it('an event stays in intake until its lane has it', async () => {
    await raw.unbindQueue(laneQueue, exchangeNames.events, `${lane}.#`);
    await publish(anEvent({ id: 'e1' }));
    await eventually('taken but not acked', async () => {
      const intake = (await broker.queues()).find(({ name }) => name === queueNames.intake);
      return intake?.messages === 1 && (await depthOf(queueNames.intake)) === 0;
    });
    await raw.bindQueue(laneQueue, exchangeNames.events, `${lane}.#`);
    expect((await take(laneQueue)).properties.messageId).toBe('e1');
  });

  it('a connection that breaks loses no event', async () => {
    for (let count = 0; count < 200; count++) void publish(anEvent({ id: `e${count}` }));
    proxy.cut();
    const seen = () => [...new Set(idsIn(laneQueue))];
    await eventually('all 200', () => seen().length === 200);
    expect(new Set(seen())).toEqual(new Set(Array.from({ length: 200 }, (_, index) => `e${index}`)));
    // D7: in the order in which they were accepted. That it is the order in which they were sent, too, is not asserted:
    // after a cut the first two have been seen swapped, rarely, and it is not known yet by whom.
    const bodies = (arrived.get(laneQueue) ?? []).map(({ content }) => JSON.parse(content.toString()) as LaneEvent);
    const times = seen().map((id) => bodies.find((body) => body.id === id)!.acceptedAt);
    expect(times).toEqual([...times].sort());
  });
});

describe('over HTTP', () => {
  it('202 with id and time once the lane has the event', async () => {
    const { status, data } = await http.post('/v1/events', anEvent());
    expect([status, data]).toEqual([202, { id: expect.any(String), acceptedAt: expect.stringMatching(/Z$/) }]);
    const message = await take(laneQueue);
    expect(message.properties.messageId).toBe(data.id);
  });

  it('400 names every fault by its path', async () => {
    const { status, data, headers } = await http.post('/v1/events', anEvent({ event: { name: 'x', datetime: 'y' } }));
    expect(status).toBe(400);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(data.errors.map(({ path }: { path: string }) => path)).toEqual(['event.name', 'event.datetime']);
    expect(arrived.get(queueNames.rejected)).toBeUndefined();
  });

  it('400 for what is not JSON, 413 for what is too large', async () => {
    const broken = await http.post('/v1/events', Buffer.from('{"event":'));
    expect([broken.status, broken.data.errors[0].code]).toEqual([400, 'not-json']);
    expect((await http.post('/v1/events', 'x'.repeat(eventMaxBytes + 1))).status).toBe(413);
  });

  it.each([
    ['no token', undefined, 401],
    ['an unknown token', 'Bearer nobody', 401],
    ['a token that may not publish', 'Bearer view', 403],
  ])('%s: nothing is taken', async (_, Authorization, expected) => {
    const { status } = await http.post('/v1/events', anEvent(), { headers: { Authorization } });
    expect(status).toBe(expected);
  });

  it('503 with Retry-After when no lane takes the event', async () => {
    await raw.unbindQueue(laneQueue, exchangeNames.events, `${lane}.#`);
    const { status, headers, data } = await http.post('/v1/events', anEvent());
    await raw.bindQueue(laneQueue, exchangeNames.events, `${lane}.#`);
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(data.detail).toContain('returned');
  });

  it('503 while the broker is away, not ready, and all well again afterwards', async () => {
    proxy.refuse();
    await eventually('not ready', async () => (await http.get('/health/ready')).status === 503);
    const refused = await http.post('/v1/events', anEvent());
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '2']);
    proxy.accept();
    await eventually('ready', async () => (await http.get('/health/ready')).status === 200, 30_000);
    expect((await http.post('/v1/events', anEvent())).status).toBe(202);
  });

  it('the interface is described', async () => {
    const { data } = await http.get('/docs-json');
    const operation = data.paths['/v1/events'].post;
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['202', '400', '413', '503']));
    expect(operation.requestBody.content['application/json'].schema.required).toEqual(['event', 'contact']);
  });
});

function writeTokens(path: string): string {
  const file = join(path, 'tokens.json');
  const token = (name: string, role: string) => ({ name, sha256: hashToken(name), roles: [role] });
  writeFileSync(file, JSON.stringify({ tokens: [token('publish', 'publisher'), token('view', 'viewer')] }));
  return file;
}

function publish(event: object, properties: Options.Publish = {}): Promise<void> {
  return new Promise((resolve, reject) =>
    raw.publish(exchangeNames.intake, 'conversation.event', Buffer.from(JSON.stringify(event)), properties, (error) =>
      error ? reject(error) : resolve(),
    ),
  );
}

async function collectFrom(queue: string): Promise<void> {
  const keep = (message: ConsumeMessage | null) =>
    message && arrived.set(queue, [...(arrived.get(queue) ?? []), message]);
  await raw.consume(queue, keep, { noAck: true });
}

function take(queue: string): Promise<ConsumeMessage> {
  return eventually(`a message in ${queue}`, () => arrived.get(queue)?.shift());
}

function idsIn(queue: string): string[] {
  return (arrived.get(queue) ?? []).map(({ properties }) => properties.messageId as string);
}

async function depthOf(queue: string): Promise<number> {
  return (await raw.checkQueue(queue)).messageCount;
}

/** One message to the intake exchange on channel 1, as no client library would write it. */
function framesWithNestedHeaders(levels: number, body: Buffer): Buffer {
  let table = Buffer.alloc(4);
  for (let level = 0; level < levels; level++) {
    const member = Buffer.concat([shortText('a'), Buffer.from('F'), table]);
    table = Buffer.concat([uint(4, member.length), member]);
  }
  const publish = [uint(2, 60), uint(2, 40), uint(2, 0), shortText(exchangeNames.intake), shortText('conversation.x')];
  const header = [uint(2, 60), uint(2, 0), uint(8, body.length), uint(2, 0x2000), table];
  return Buffer.concat([frame(1, [...publish, Buffer.alloc(1)]), frame(2, header), frame(3, [body])]);
}

function frame(type: number, parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([uint(1, type), uint(2, 1), uint(4, payload.length), payload, uint(1, 0xce)]);
}

function shortText(text: string): Buffer {
  return Buffer.concat([uint(1, text.length), Buffer.from(text)]);
}

function uint(bytes: number, value: number): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}
