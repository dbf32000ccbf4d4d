import { exchangeNames, messageTypes, topology } from '@patchbay/contracts';
import { createMessaging, type Messaging } from '@patchbay/messaging';
import {
  createTestBroker,
  createTestDatabase,
  eventually,
  type TestBroker,
  type TestDatabase,
} from '@patchbay/testing';
import axios, { type AxiosInstance } from 'axios';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SentEvent } from './an-event';
import { launch, type Launched, type Ready } from './launcher';

type Service = keyof Ready['urls'];

/** What a system of its own stands on. */
interface Place {
  broker: TestBroker;
  database: TestDatabase;
  state: string;
  env: Record<string, string>;
}

/** A system of its own for one spec file: real processes, a virtual host, a database. */
export class System {
  /** The broker as the core system and its neighbours use it. */
  readonly messaging: Messaging;
  private publisher;

  private constructor(
    private launched: Launched,
    private readonly place: Place,
  ) {
    const timeScale = Number(place.env['PATCHBAY_TIME_SCALE'] ?? 1);
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    this.messaging = createMessaging({
      urls: [place.broker.amqpUrl],
      name: 'e2e',
      topology: topology({ timeScale }),
      logger: silent,
    });
    this.publisher = this.messaging.publisher('core');
  }

  static async start(env: Record<string, string> = {}): Promise<System> {
    const place = await makePlace(env);
    const launched = await launch(place.state, place.env).catch(async (error) => {
      await removePlace(place);
      throw error;
    });
    const system = new System(launched, place);
    await system.messaging.ready();
    return system;
  }

  get ready(): Ready {
    return this.launched.ready;
  }

  /** REST of one service, with the development token; answers of every status come back. */
  rest(service: Service, token = this.launched.ready.token): AxiosInstance {
    return axios.create({
      baseURL: this.launched.ready.urls[service],
      headers: token === '' ? {} : { authorization: `Bearer ${token}` },
      proxy: false,
      validateStatus: () => true,
      maxContentLength: Infinity,
    });
  }

  /** GET that must succeed. */
  async get<T>(service: Service, path: string, params: Record<string, unknown> = {}): Promise<T> {
    const { status, data } = await this.rest(service).get<T>(path, { params });
    if (status !== 200) throw new Error(`${service} answered GET ${path} with ${status}: ${JSON.stringify(data)}`);
    return data;
  }

  /** Where the sandbox's customer services are, e.g. https://localhost:40123. */
  async customerOrigin(): Promise<string> {
    return (await this.get<{ endpoint: string }>('sandbox', '/v1/addresses')).endpoint;
  }

  /** Publishes to the intake as the core system does; resolves with the broker's confirm. */
  publish(event: SentEvent): Promise<void> {
    return this.publishRaw(JSON.stringify(event), event.id, `conversation.${event.event.name}`);
  }

  publishRaw(body: string | Buffer, messageId: string = randomUUID(), routingKey = 'conversation.any'): Promise<void> {
    return this.publisher.publish({
      exchange: exchangeNames.intake,
      routingKey,
      body,
      messageId,
      type: messageTypes.event,
    });
  }

  /** Creates an integration and answers its id; throws unless it was taken. */
  async createIntegration(integration: object): Promise<string> {
    const { status, data } = await this.rest('configService').post('/v1/integrations', integration);
    if (status !== 201) throw new Error(`the integration was refused with ${status}: ${JSON.stringify(data)}`);
    return data.id;
  }

  async disableExamples(): Promise<void> {
    type Page = { items: { id: string; version: number }[] };
    const { items } = await this.get<Page>('configService', '/v1/integrations', { limit: 100 });
    for (const { id, version } of items) {
      const headers = { 'If-Match': `"${version}"` };
      const { status } = await this.rest('configService').post(`/v1/integrations/${id}/disable`, {}, { headers });
      expect(status).toBe(200);
    }
  }

  /** Resolves when the dispatcher works with the newest version of everything. */
  async configurationArrived(): Promise<void> {
    const { items } = await this.get<{ items: { id: string }[] }>('configService', '/v1/integrations', { limit: 100 });
    type Versions = { items: { revision: number }[] };
    const versions = await Promise.all(
      items.map(({ id }) => this.get<Versions>('configService', `/v1/integrations/${id}/versions`)),
    );
    const newest = Math.max(...versions.flatMap((list) => list.items.map(({ revision }) => revision)));
    await eventually(`the dispatcher has revision ${newest}`, async () => {
      const ready = await this.get<{ configRevision: number }>('dispatcher', '/health/ready');
      return ready.configRevision >= newest;
    });
  }

  /** Ctrl-C, then `npm start` again with the same state, broker and database. */
  async restart(): Promise<void> {
    expect(await this.launched.interrupt()).toBe(0);
    this.launched = await launch(this.place.state, this.place.env);
  }

  /** Ctrl-C and away with everything; the exit code must be 0. */
  async stop(): Promise<void> {
    await this.messaging.close();
    const code = await this.launched.interrupt();
    await removePlace(this.place);
    expect(code).toBe(0);
  }
}

async function makePlace(env: Record<string, string>): Promise<Place> {
  const [broker, database] = await Promise.all([createTestBroker(), createTestDatabase()]);
  const state = mkdtempSync(join(tmpdir(), 'patchbay-e2e-'));
  return { broker, database, state, env: { AMQP_URL: broker.amqpUrl, DATABASE_URL: database.databaseUrl, ...env } };
}

async function removePlace({ broker, database, state }: Place): Promise<void> {
  await Promise.all([broker.remove(), database.remove()]);
  rmSync(state, { recursive: true });
}
