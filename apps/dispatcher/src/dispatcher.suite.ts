import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  authenticationAad,
  eventRoutingKey,
  exchangeNames,
  laneOf,
  messageTypes,
  queueNames,
  topology,
  type DeadLetterMessage,
  type DeliveryRecord,
  type EventRecord,
  type OperatorEvent,
  type OutcomeBatch,
  type ResultMessage,
  type Snapshot,
} from '@patchbay/contracts';
import { normaliseEvent, type Json, type LifecycleEvent } from '@patchbay/edi';
import { createMessaging, publishUntilConfirmed } from '@patchbay/messaging';
import { loadKeyRing, seal } from '@patchbay/secrets';
import { createLogger, hashToken, type RunningService } from '@patchbay/service-kit';
import {
  createCertificateAuthority,
  createTestBroker,
  eventually,
  startHttpsEndpoint,
  type Reply,
  type Respond,
} from '@patchbay/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { startDispatcher } from './start-dispatcher';

export const lanes = 2;
export const timeScale = 50;
const logger = createLogger('spec', 'error');
/** What is undone after each test, last first. */
export const cleanups: (() => Promise<unknown>)[] = [];

export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A dispatcher over a real broker and a real HTTPS endpoint, with the given integrations; and everything it says. */
export async function setup(
  integrations: (Record<string, unknown> & { path?: string })[],
  respond: Respond | Record<string, Reply | Respond> = {},
  revision = 7,
) {
  const folder = mkdtempSync(join(tmpdir(), 'dispatcher-'));
  cleanups.push(async () => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string) => (writeFileSync(join(folder, name), text), join(folder, name));
  const keys = file('keys.json', JSON.stringify({ active: 'k1', keys: { k1: randomBytes(32).toString('base64') } }));
  const ring = loadKeyRing(keys);
  const token = `spec-${randomBytes(32).toString('hex')}`;
  const ca = await createCertificateAuthority();
  const endpoint = await startHttpsEndpoint({ ca, respond });
  cleanups.push(() => endpoint.close());
  const broker = await createTestBroker();
  cleanups.push(() => broker.remove());
  const config = await startConfigServer();
  const records = integrations
    .map(({ path, ...one }, at) => ({
      id: `0000000${at}-0000-4000-8000-000000000000`,
      name: `integration ${at}`,
      description: '',
      channel: 'multi',
      ordinal: at + 1,
      direction: 'both',
      events: ['queued'],
      direct: { calls: false, chats: false },
      queues: ['*'],
      delivery: {},
      suspended: null,
      version: 1,
      createdAt: '2026-01-01T00:00:00Z',
      authentications: [],
      endpointUrl: `${endpoint.origin}${path ?? `/${at}`}`,
      ...one,
    }))
    .map((record) => ({
      ...record,
      authentications: (record.authentications as { id: string; secret: string }[]).map(({ id, secret }) => ({
        id,
        sealed: seal(ring, secret, authenticationAad(record.id, id)),
      })),
    }));
  config.give({ revision, full: true, integrations: records as never, deleted: [] });

  const messaging = createMessaging({
    urls: [broker.amqpUrl],
    name: 'spec',
    topology: topology({ lanes, timeScale }),
    logger,
  });
  cleanups.push(() => messaging.close());
  const results = collect<ResultMessage>(messaging, queueNames.routing, (body) => [body as never]);
  const saves = collect<ResultMessage>(messaging, queueNames.agentDisplay, (body) => [body as never]);
  const outcomes = collect<EventRecord>(
    messaging,
    queueNames.outcomes,
    (body) => (body as unknown as OutcomeBatch).records,
  );
  const deadLetters = collect<DeadLetterMessage>(messaging, queueNames.deadLetters, (body) => [body as never]);
  const operatorEvents = collect<OperatorEvent>(messaging, queueNames.operatorEvents, (body) => [body as never]);
  const rejected = collect<{ reason: string }>(messaging, queueNames.rejected, (body) => [body as never]);
  await messaging.ready();
  const publisher = messaging.publisher('spec');
  const start = () =>
    startDispatcher(
      {
        AMQP_URL: [broker.amqpUrl],
        PATCHBAY_HOST: '127.0.0.1',
        PATCHBAY_PORT: 0,
        PATCHBAY_TOKENS_FILE: file(
          'tokens.json',
          JSON.stringify({ tokens: [{ name: 'spec', sha256: hashToken(token), roles: ['viewer'] }] }),
        ),
        PATCHBAY_LOG_LEVEL: 'error',
        PATCHBAY_CONFIG_URL: config.url,
        PATCHBAY_SERVICE_TOKEN_FILE: file('token', 'secret-token'),
        PATCHBAY_CREDENTIALS_KEYS_FILE: keys,
        PATCHBAY_PAYLOADS_KEYS_FILE: keys,
        PATCHBAY_SNAPSHOT_FILE: join(folder, 'snapshot'),
        PATCHBAY_OUTBOUND_CA_FILE: file('ca.pem', ca.caPem),
        PATCHBAY_OUTBOUND_ALLOW_CIDRS: ['127.0.0.0/8', '::1/128'],
        PATCHBAY_OUTBOUND_ALLOW_HOSTS: [],
        PATCHBAY_OUTBOUND_ALLOW_PRIVATE_IN_PRODUCTION: false,
        PATCHBAY_OUTBOUND_DENY_PORTS: [],
        PATCHBAY_EGRESS_PROXY: undefined,
        PATCHBAY_PROXIES: [],
        PATCHBAY_ALLOW_UNVERIFIED: false,
        PATCHBAY_REPLICA: 0,
        PATCHBAY_LANES: lanes,
        PATCHBAY_FAILPOINT: undefined,
        PATCHBAY_TIME_SCALE: timeScale,
        summary: '',
      },
      logger,
      { signals: false },
    );
  const send = async (change: object = {}): Promise<LifecycleEvent> => {
    const event = anEvent(change);
    const { channel_type, direction, guid } = event.contact;
    await publishUntilConfirmed(publisher, {
      exchange: exchangeNames.events,
      routingKey: eventRoutingKey(laneOf(guid, lanes), channel_type, direction, event.event.name),
      body: JSON.stringify({ ...event, acceptedAt: new Date().toISOString() }),
      messageId: event.id,
      type: messageTypes.event,
    });
    return event;
  };
  const recordsOf = (event: LifecycleEvent) => outcomes.filter(({ eventId }) => eventId === event.id);
  const deliveriesOf = (event: LifecycleEvent): DeliveryRecord[] =>
    recordsOf(event).flatMap(({ deliveries }) => deliveries);
  const ended = (event: LifecycleEvent, count: number) =>
    eventually(`${count} ended deliveries`, () => {
      const list = deliveriesOf(event).filter(({ status }) => status !== 'retrying');
      return list.length >= count && list;
    });
  const service: RunningService = await start();
  cleanups.push(() => service.close());
  return {
    endpoint,
    broker,
    ring,
    publisher,
    results,
    saves,
    outcomes,
    deadLetters,
    rejected,
    operatorEvents,
    send,
    recordsOf,
    deliveriesOf,
    ended,
    records,
    config,
    service,
    start,
    token,
  };
}

export type Spec = Awaited<ReturnType<typeof setup>>;

function collect<T>(messaging: ReturnType<typeof createMessaging>, queue: string, read: (body: Json) => T[]): T[] {
  const list: T[] = [];
  messaging.consume({
    queue,
    prefetch: 50,
    handler: async ({ body }) => (list.push(...read(JSON.parse(body.toString()) as Json)), 'ack'),
  });
  return list;
}

async function startConfigServer() {
  let snapshot: Snapshot = { revision: 0, full: true, integrations: [], deleted: [] };
  let available = true;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? '');
    // As config-service does: who names the revision there is gets no answer body.
    if (request.headers['if-none-match'] === `"${snapshot.revision}"`) return void response.writeHead(304).end();
    if (!available) return void request.socket.destroy();
    response.setHeader('content-type', 'application/json').end(JSON.stringify(snapshot));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    give: (next: Snapshot) => void (snapshot = next),
    setAvailable: (value: boolean) => void (available = value),
  };
}

export function anEvent(change: object): LifecycleEvent {
  return normaliseEvent(
    {
      id: randomUUID(),
      event: { name: 'queued', datetime: new Date().toISOString() },
      contact: {
        id: randomUUID(),
        channel_type: 'phone',
        direction: 'inbound',
        queue: { id: 'q' },
        source: '+358401234567',
        ...change,
      },
    },
    String,
  );
}

export const post = (response?: object, request: object = {}) => ({
  configuration: {
    request: { method: 'POST', body: { contact: '{contact.id}' }, ...request },
    ...(response && { response }),
  },
});
export const json = (body: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
