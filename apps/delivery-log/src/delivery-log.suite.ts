import {
  exchangeNames,
  messageTypes,
  queueNames,
  topology,
  type DeadLetterMessage,
  type EventRecord,
  type OperatorEvent,
} from '@patchbay/contracts';
import { createMessaging, type Delivery, type Messaging } from '@patchbay/messaging';
import { createSealer, loadKeyRing, type Sealer } from '@patchbay/secrets';
import { createLogger, hashToken, runMigrations, type RunningService } from '@patchbay/service-kit';
import {
  createTestBroker,
  createTestDatabase,
  eventually,
  type TestBroker,
  type TestDatabase,
} from '@patchbay/testing';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { v4 } from 'uuid';
import { readConfig } from './config';
import { deliveriesDatabase } from './deliveries-database';
import { startDeliveryLog } from './start-delivery-log';

type Answer = AxiosResponse['data'];

/** The service with a broker and a database of its own, and the ways to talk to it. */
export interface Harness {
  service: RunningService;
  broker: TestBroker;
  database: TestDatabase;
  sealer: Sealer;
  viewer: AxiosInstance;
  operator: AxiosInstance;
  messaging: Messaging;
  sendRecords(...records: EventRecord[]): Promise<void>;
  sendDeadLetter(letter: DeadLetterMessage): Promise<void>;
  /** As a dispatcher tells it. */
  tellOperators(event: OperatorEvent): Promise<void>;
  send(queue: string, body: string | Buffer): Promise<void>;
  /** Deliveries taken from a queue of the broker, as they come. */
  take(queue: string): Delivery[];
  /** The body of an answer; as an operator unless said. */
  get(path: string, params?: object, as?: AxiosInstance): Promise<Answer>;
  /** The deliveries of a conversation once there are so many. */
  deliveriesOf(conversation: string, count: number): Promise<Answer[]>;
  /** The body of an answer once it is 200. */
  waitFor(path: string): Promise<Answer>;
  query(statement: string, parameters?: unknown[], databaseUrl?: string): Promise<Record<string, unknown>[]>;
  /** What the log says at warn and above. */
  warnings: string[];
  /** All that the log says. */
  log: string[];
  close(): Promise<void>;
}

/** Starts the service as `npm start` would, inside this process. */
export async function startHarness(): Promise<Harness> {
  const [broker, database] = await Promise.all([createTestBroker(), createTestDatabase()]);
  const folder = mkdtempSync(join(tmpdir(), 'delivery-log-'));
  const keysFile = writeKeys(folder);
  const settings = readConfig({
    AMQP_URL: broker.amqpUrl,
    DATABASE_URL: database.databaseUrl,
    PATCHBAY_TOKENS_FILE: writeTokens(folder),
    PATCHBAY_PAYLOADS_KEYS_FILE: keysFile,
    PATCHBAY_LANES: '2',
  });
  await runMigrations(deliveriesDatabase(settings.DATABASE_URL));
  const log: string[] = [];
  const warnings: string[] = [];
  const write = (line: string) => {
    log.push(line);
    if (/"level":"(warn|error)"/.test(line)) warnings.push(line);
  };
  const logger = createLogger('delivery-log', 'info', { write });
  const service = await startDeliveryLog(settings, logger, { signals: false });
  const messaging = createMessaging({ urls: [broker.amqpUrl], name: 'spec', topology: topology({ lanes: 2 }), logger });
  await messaging.ready();
  const publisher = messaging.publisher('spec');
  const send = (queue: string, body: string | Buffer, type = 'spec') =>
    publisher.publish({ exchange: '', routingKey: queue, body, messageId: v4(), type });
  const [viewer, operator] = [client(service.url, 'viewer token'), client(service.url, 'operator token')];
  return {
    ...createProbes(operator, database.databaseUrl),
    service,
    broker,
    database,
    sealer: createSealer(loadKeyRing(keysFile)),
    viewer,
    operator,
    messaging,
    warnings,
    log,
    send,
    sendRecords: (...records) => send(queueNames.outcomes, JSON.stringify({ records }), messageTypes.outcomes),
    sendDeadLetter: (letter) => send(queueNames.deadLetters, JSON.stringify(letter), messageTypes.deadLetter),
    tellOperators: (event) =>
      publisher.publish({
        exchange: exchangeNames.operatorEvents,
        routingKey: event.kind,
        body: JSON.stringify(event),
        messageId: event.id,
        type: messageTypes.operatorEvent,
      }),
    take(queue) {
      const taken: Delivery[] = [];
      const handler = async (delivery: Delivery) => (taken.push(delivery), 'ack' as const);
      messaging.consume({ queue, prefetch: 10, handler });
      return taken;
    },
    async close() {
      await Promise.all([service.close(), messaging.close()]);
      // A spec may have removed its broker already.
      await Promise.allSettled([broker.remove(), database.remove()]);
      rmSync(folder, { recursive: true });
    },
  };
}

function createProbes(operator: AxiosInstance, databaseUrl: string) {
  const get = async (path: string, params: object = {}, as = operator): Promise<Answer> =>
    (await as.get(path, { params })).data;
  return {
    get,
    deliveriesOf: (conversation: string, count: number) =>
      eventually<Answer[]>(`${count} deliveries of ${conversation}`, async () => {
        const { items } = await get('/v1/deliveries', { conversation });
        return items.length === count && items;
      }),
    waitFor: (path: string) =>
      eventually<Answer>(path, async () => {
        const { status, data } = await operator.get(path);
        return status === 200 && data;
      }),
    query: (statement: string, parameters: unknown[] = [], url = databaseUrl) => query(url, statement, parameters),
  };
}

async function query(connectionString: string, statement: string, parameters: unknown[]) {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement, parameters)).rows;
  } finally {
    await client.end();
  }
}

function writeKeys(folder: string): string {
  const path = join(folder, 'payloads.keys.json');
  writeFileSync(path, JSON.stringify({ active: 'k1', keys: { k1: randomBytes(32).toString('base64') } }));
  return path;
}

function writeTokens(folder: string): string {
  const path = join(folder, 'tokens.json');
  const tokens = ['viewer', 'operator'].map((role) => ({
    name: `the ${role}`,
    sha256: hashToken(tokenOf(`${role} token`)),
    roles: [role],
  }));
  writeFileSync(path, JSON.stringify({ tokens }));
  return path;
}

function client(baseURL: string, token: string): AxiosInstance {
  const headers = { authorization: `Bearer ${tokenOf(token)}` };
  return axios.create({ baseURL, headers, proxy: false, validateStatus: () => true });
}

function tokenOf(name: string): string {
  return `pbt_${name.replace(' ', '_')}`;
}
