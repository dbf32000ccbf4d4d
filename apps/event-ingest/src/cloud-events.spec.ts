import { connect } from 'amqplib';
import axios, { type AxiosInstance } from 'axios';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchangeNames, type LaneEvent, queueNames, type RejectedMessage } from '@patchbay/contracts';
import { createLogger, hashToken } from '@patchbay/service-kit';
import { createTestBroker, eventually } from '@patchbay/testing';
import { anEvent } from './an-event.builder';
import { readEventIngestSettings } from './config';
import { startEventIngest } from './start-event-ingest';

jest.setTimeout(60_000);

const { event: inner, contact } = anEvent();
const aCloudEvent = (more: object = {}) => ({
  specversion: '1.0',
  id: '42',
  source: '/calls',
  type: 'com.acme.conversation.queued.v1',
  time: inner.datetime,
  data: { contact },
  ...more,
});

let world: Awaited<ReturnType<typeof setup>>;
beforeAll(async () => void (world = await setup()));
afterAll(() => world.close());

it('a CloudEvent over AMQP reaches the lane as the event it holds', async () => {
  world.publish(aCloudEvent());
  expect(await world.stored()).toMatchObject({ id: '/calls 42', event: inner, contact });
});

it('a CloudEvent over HTTP reaches the lane as the event it holds', async () => {
  const { status, data } = await world.post(aCloudEvent(), 'application/cloudevents+json; charset=utf-8');
  expect([status, data.id]).toEqual([202, '/calls 42']);
  expect(await world.stored()).toMatchObject({ id: '/calls 42', event: inner, contact });
});

it('a CloudEvent over HTTP is known by its specversion, whatever its content type', async () => {
  const { status, data } = await world.post(aCloudEvent({ id: '43' }), 'application/json');
  expect([status, data.id, (await world.stored()).id]).toEqual([202, '/calls 43', '/calls 43']);
});

it('a source and id too long to be an id become the same UUID each time', async () => {
  const long = aCloudEvent({ id: 'x'.repeat(300) });
  const ids = [await world.post(long, 'application/json'), await world.post(long, 'application/json')];
  await Promise.all([world.stored(), world.stored()]);
  expect(ids[0]!.data.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  expect(ids[1]!.data.id).toBe(ids[0]!.data.id);
});

it('a message of our own sent as a CloudEvent is refused with what it lacks', async () => {
  const { status, data } = await world.post(anEvent(), 'application/cloudevents+json');
  expect([status, data.errors[0]]).toEqual([400, { path: 'specversion', code: 'required', message: 'is required' }]);
});

it('a CloudEvent of another version is set aside with its reason', async () => {
  world.publish(aCloudEvent({ specversion: '0.3' }));
  expect((await world.rejected()).reason).toBe('specversion must be one of 1.0');
});

it('both forms are described', async () => {
  const { data } = await world.http.get('/docs-json');
  const { content } = data.paths['/v1/events'].post.requestBody;
  expect(content['application/json'].schema.required).toEqual(['event', 'contact']);
  expect(content['application/cloudevents+json'].schema.required).toContain('specversion');
});

async function setup() {
  const broker = await createTestBroker();
  const folder = mkdtempSync(join(tmpdir(), 'cloud-events-'));
  const tokensFile = join(folder, 'tokens.json');
  writeFileSync(tokensFile, JSON.stringify({ tokens: [{ name: 'p', sha256: hashToken('p'), roles: ['publisher'] }] }));
  const settings = readEventIngestSettings({
    PATCHBAY_TOKENS_FILE: tokensFile,
    PATCHBAY_LANES: '1',
    AMQP_URL: broker.amqpUrl,
  });
  const service = await startEventIngest(settings, createLogger('event-ingest', 'error'), { signals: false });
  const http = axios.create({ baseURL: service.url, validateStatus: () => true, proxy: false });
  await eventually('it is ready', async () => (await http.get('/health/ready')).status === 200);
  const connection = await connect(broker.amqpUrl);
  const channel = await connection.createChannel();
  // A lane gives messages to its one consumer only, so look at what the exchange sends there.
  const { queue: lanes } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(lanes, exchangeNames.events, '#');
  const take = async <T>(queue: string): Promise<T> => {
    const message = await eventually(`a message in ${queue}`, async () => await channel.get(queue, { noAck: true }));
    return JSON.parse(message.content.toString()) as T;
  };
  return {
    http,
    post: (body: object, type: string) => postAs(http, body, type),
    publish: (body: object) =>
      channel.publish(exchangeNames.intake, 'conversation.event', Buffer.from(JSON.stringify(body))),
    stored: () => take<LaneEvent>(lanes),
    rejected: () => take<RejectedMessage>(queueNames.rejected),
    close: async () => {
      await service.close();
      await connection.close();
      await broker.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

function postAs(http: AxiosInstance, body: object, type: string) {
  return http.post('/v1/events', JSON.stringify(body), {
    headers: { Authorization: 'Bearer p', 'Content-Type': type },
  });
}
