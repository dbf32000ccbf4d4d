import { authenticationAad, type ConfigChangedMessage, exchangeNames, type Snapshot } from '@patchbay/contracts';
import { createMessaging, type Messaging } from '@patchbay/messaging';
import { loadKeyRing, open } from '@patchbay/secrets';
import { createLogger, hashToken, type RunningService, runMigrations } from '@patchbay/service-kit';
import {
  createTestBroker,
  createTestDatabase,
  eventually,
  type TestBroker,
  type TestDatabase,
} from '@patchbay/testing';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { configTopology } from './config-topology';
import { configDatabase } from './config-database';
import { startConfigService } from './start-config-service';

const canary = 'hunter2-canary-5f1c';
const roles = ['viewer', 'operator', 'editor', 'admin', 'publisher', 'dispatcher'];

const anIntegration = (more: object = {}) => ({
  name: `Customer lookup ${randomUUID()}`,
  endpointUrl: 'https://crm.example.com/customers',
  events: ['received'],
  queues: ['*'],
  configuration: {
    request: { method: 'GET', params: { zulu: '{contact.source}', alpha: '{contact.id}' } },
    response: { save: { customer: '{response.body.name}' } },
  },
  ...more,
});

const withSecret = (more: object = {}) => ({
  ...anIntegration({
    configuration: {
      request: { method: 'GET', headers: { 'x-api-key': '{authentications.api-key}' } },
      response: { save: { customer: '{response.body.name}' } },
    },
  }),
  authentications: [{ id: 'api-key', secret: canary }],
  ...more,
});

describe('config-service', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let service: RunningService;
  let neighbour: Messaging;
  let sql: Client;
  const folder = mkdtempSync(join(tmpdir(), 'config-service-'));
  const keysFile = join(folder, 'credentials.keys.json');
  const tokensFile = join(folder, 'tokens.json');
  const log: string[] = [];
  const heard: number[] = [];
  const answers: string[] = [];

  beforeAll(async () => {
    [broker, database] = await Promise.all([createTestBroker(), createTestDatabase()]);
    writeFileSync(keysFile, JSON.stringify({ active: 'k1', keys: { k1: randomBytes(32).toString('base64') } }), {
      mode: 0o600,
    });
    const tokens = roles.map((name) => ({ name, sha256: hashToken(`pbt_${name}`), roles: [name] }));
    writeFileSync(tokensFile, JSON.stringify({ tokens }));
    await runMigrations(configDatabase(database.databaseUrl));
    const logger = createLogger('config-service', 'debug', { write: (line) => void log.push(line) });
    neighbour = createMessaging({ urls: [broker.amqpUrl], name: 'spec', topology: configTopology(), logger });
    await neighbour.ready();
    neighbour.listen(exchangeNames.config, (body) => {
      const changed: ConfigChangedMessage = JSON.parse(body.toString());
      heard.push(changed.revision);
    });
    service = await start(broker.amqpUrl);
    sql = new Client({ connectionString: database.databaseUrl });
    await sql.connect();
  });

  afterAll(async () => {
    await sql?.end();
    await service?.close();
    await neighbour?.close();
    await Promise.all([broker?.remove(), database?.remove()]);
    rmSync(folder, { recursive: true });
  });

  function start(amqpUrl: string): Promise<RunningService> {
    const settings = {
      PATCHBAY_HOST: '127.0.0.1',
      PATCHBAY_PORT: 0,
      PATCHBAY_LOG_LEVEL: 'debug' as const,
      PATCHBAY_TOKENS_FILE: tokensFile,
      PATCHBAY_CREDENTIALS_KEYS_FILE: keysFile,
      PATCHBAY_ALLOW_UNVERIFIED: false,
      PATCHBAY_PROXIES: [],
      AMQP_URL: [amqpUrl],
      DATABASE_URL: database.databaseUrl,
    };
    const logger = createLogger('config-service', 'debug', { write: (line) => void log.push(line) });
    return startConfigService(settings, logger, { signals: false });
  }

  /** A client with a role's token; every answer is kept for the search for secrets. */
  function as(role: string, baseURL = service.url): AxiosInstance {
    const headers = { Authorization: `Bearer pbt_${role}` };
    const client = axios.create({ baseURL, headers, validateStatus: () => true, proxy: false });
    client.interceptors.response.use((response) => {
      answers.push(JSON.stringify(response.data) + JSON.stringify(response.headers));
      return response;
    });
    return client;
  }

  const editor = () => as('editor');
  const create = async (body: object): Promise<AxiosResponse> => {
    const created = await editor().post('/v1/integrations', body);
    expect({ status: created.status, errors: created.data.errors }).toEqual({ status: 201, errors: undefined });
    return created;
  };
  const ifMatch = (version: number) => ({ headers: { 'If-Match': `"${version}"` } });
  const path = ({ data }: AxiosResponse) => `/v1/integrations/${data.id}`;
  const snapshot = async (since = 0): Promise<Snapshot> =>
    (await as('dispatcher').get('/v1/snapshot', { params: { since } })).data;

  it('creates an integration and answers it with its address and version', async () => {
    const body = anIntegration();
    const created = await create(body);
    expect(created.headers).toMatchObject({ location: path(created), etag: '"1"' });
    expect(created.data).toMatchObject({
      ...body,
      version: 1,
      channel: 'multi',
      ordinal: 1,
      suspended: null,
      warnings: [],
    });
    const read = await as('viewer').get(path(created));
    expect([read.data, read.headers['etag']]).toEqual([created.data, '"1"']);
  });

  it('keeps the order in which the author wrote the params', async () => {
    const { data } = await create(anIntegration());
    expect(
      Object.keys((await as('viewer').get(`/v1/integrations/${data.id}`)).data.configuration.request.params),
    ).toEqual(['zulu', 'alpha']);
  });

  it('names all faults of an integration at once, by path', async () => {
    const body = anIntegration({ ordinal: 0, events: ['exploded'], endpointUrl: 'http://{oops', colour: 'red' });
    const { status, data, headers } = await editor().post('/v1/integrations', body);
    expect([status, headers['content-type']]).toEqual([400, expect.stringContaining('application/problem+json')]);
    expect(data.code ?? data.type).toContain('invalid-integration');
    expect(data.errors.map((fault: { path: string }) => fault.path)).toEqual(
      expect.arrayContaining(['ordinal', 'events[0]', 'colour']),
    );
  });

  it.each([
    ['the mask', '********'],
    ['a number', 42],
    ['nothing at all', ''],
  ])('refuses %s as a secret', async (_, secret) => {
    const { status, data } = await editor().post(
      '/v1/integrations',
      withSecret({ authentications: [{ id: 'api-key', secret }] }),
    );
    expect([status, data.errors[0].path]).toEqual([400, 'authentications[0].secret']);
  });

  it.each([
    ['no body', undefined],
    ['a list', []],
    ['arrays within arrays, 50,000 deep', `{"name":"deep","configuration":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
    [
      'a request body 20,000 deep',
      JSON.stringify(anIntegration()).replace('"method"', `"body":${'['.repeat(20_000)}${']'.repeat(20_000)},"method"`),
    ],
    ['a name that is no printable text', anIntegration({ name: 'a\u0000b' })],
  ])('refuses %s', async (_, body) => {
    const headers = { 'Content-Type': 'application/json' };
    expect((await editor().post('/v1/integrations', body, { headers })).status).toBe(400);
  });

  it('refuses a name that another integration has, on creating and on changing', async () => {
    const first = await create(anIntegration());
    const second = await create(anIntegration());
    const again = await editor().post('/v1/integrations', anIntegration({ name: first.data.name }));
    expect([again.status, again.data.detail]).toEqual([409, expect.stringContaining(first.data.name)]);
    expect((await editor().patch(path(second), { name: first.data.name }, ifMatch(1))).status).toBe(409);
    expect((await editor().patch(path(first), { name: first.data.name }, ifMatch(1))).status).toBe(200);
  });

  it('shows of a secret only that it is there, and since when', async () => {
    const created = await create(withSecret());
    const entry = { id: 'api-key', set: true, updatedAt: expect.stringMatching(/Z$/) };
    expect(created.data.authentications).toEqual([entry]);
    const listed = await as('viewer').get('/v1/integrations', { params: { search: created.data.name } });
    expect(listed.data.items[0].authentications).toEqual([entry]);
  });

  it('keeps the secret of an entry sent without one, and removes an entry left out', async () => {
    const created = await create(withSecret());
    const sealed = (await snapshot()).integrations.find(({ id }) => id === created.data.id)?.authentications;
    const sentBack = await editor().put(path(created), created.data, ifMatch(1));
    expect([sentBack.status, sentBack.data.version]).toEqual([200, 2]);
    expect((await snapshot()).integrations.find(({ id }) => id === created.data.id)?.authentications).toEqual(sealed);
    const { data } = await editor().put(path(created), { ...created.data, authentications: [] }, ifMatch(2));
    expect(data.authentications).toEqual([]);
    expect(data.warnings.map(({ code }: { code: string }) => code)).toContain('authentication-missing');
  });

  it('changes only the given fields with PATCH', async () => {
    const created = await create(withSecret());
    const { data, headers } = await editor().patch(path(created), { ordinal: 7 }, ifMatch(1));
    expect(headers['etag']).toBe('"2"');
    expect(data).toMatchObject({
      ordinal: 7,
      name: created.data.name,
      authentications: [{ id: 'api-key', set: true }],
    });
  });

  it('refuses a change without the version it is based on, or on a stale one', async () => {
    const created = await create(anIntegration());
    expect((await editor().patch(path(created), { ordinal: 2 })).status).toBe(428);
    expect((await editor().patch(path(created), { ordinal: 2 }, { headers: { 'If-Match': '*' } })).status).toBe(400);
    await editor().patch(path(created), { ordinal: 2 }, ifMatch(1));
    for (const change of [
      editor().patch(path(created), { ordinal: 3 }, ifMatch(1)),
      editor().put(path(created), created.data, ifMatch(1)),
      editor().post(`${path(created)}/disable`, {}, ifMatch(1)),
      editor().delete(path(created), ifMatch(1)),
    ]) {
      const { status, data, headers } = await change;
      expect([status, data.currentVersion, headers['etag']]).toEqual([412, 2, '"2"']);
    }
  });

  it('lets one of two writers win and tells the other', async () => {
    const created = await create(anIntegration());
    const answered = await Promise.all([2, 3].map((ordinal) => editor().patch(path(created), { ordinal }, ifMatch(1))));
    expect(answered.map(({ status }) => status).sort()).toEqual([200, 412]);
    const winner = answered.find(({ status }) => status === 200);
    expect((await as('viewer').get(path(created))).data.ordinal).toBe(winner?.data.ordinal);
  });

  it('copies an integration under a name of its own, without authentications', async () => {
    const created = await create(withSecret());
    const copies = [await editor().post(`${path(created)}/copy`), await editor().post(`${path(created)}/copy`, {})];
    expect(copies.map(({ status, data }) => [status, data.name])).toEqual([
      [201, `${created.data.name} (copy)`],
      [201, `${created.data.name} (copy 2)`],
    ]);
    expect(copies[0]!.data).toMatchObject({
      version: 1,
      authentications: [],
      configuration: created.data.configuration,
    });
    expect(copies[0]!.data.id).not.toBe(created.data.id);
    const named = await editor().post(`${path(created)}/copy`, { name: created.data.name });
    expect(named.status).toBe(409);
  });

  it('disables an integration by taking its events away', async () => {
    const created = await create(anIntegration());
    const { status, data } = await editor().post(`${path(created)}/disable`, {}, ifMatch(1));
    expect([status, data.events, data.version]).toEqual([200, [], 2]);
  });

  it('keeps every version for ever, also of a deleted integration', async () => {
    const created = await create(anIntegration());
    await editor().patch(path(created), { ordinal: 5 }, ifMatch(1));
    expect((await editor().delete(path(created), ifMatch(2))).status).toBe(204);
    expect((await as('viewer').get(path(created))).status).toBe(404);
    const { data } = await as('viewer').get(`${path(created)}/versions`);
    expect(data.items).toMatchObject([
      { version: 2, changedBy: 'editor', integration: { ordinal: 5 } },
      { version: 1, changedBy: 'editor', integration: { ordinal: 1 } },
    ]);
    await expect(sql.query('delete from config.integration_versions')).rejects.toThrow('kept as they are');
  });

  it('lists by name, page by page, and finds by text, channel and event', async () => {
    const mark = randomUUID();
    const names = ['a', 'b', 'c'].map((letter) => `${mark} ${letter} 100%`);
    for (const name of names) await create(anIntegration({ name, channel: 'chat', events: ['queued'] }));
    const list = async (params: object) => (await as('viewer').get('/v1/integrations', { params })).data;
    const first = await list({ search: mark, limit: 2 });
    const second = await list({ search: mark, limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...second.items].map(({ name }: { name: string }) => name)).toEqual(names);
    expect(second.nextCursor).toBeNull();
    expect((await list({ search: `${mark} a 100%`, channel: 'Chat', event: 'QUEUED' })).items).toHaveLength(1);
    expect((await list({ search: `${mark} _` })).items).toHaveLength(0);
    expect((await list({ search: mark, channel: 'phone' })).items).toHaveLength(0);
    expect((await as('viewer').get('/v1/integrations?limit=0&event=nope')).data.errors).toHaveLength(2);
  });

  it('gives dispatchers everything once and then only what changed', async () => {
    const created = await create(withSecret());
    const gone = await create(anIntegration());
    const before = await snapshot();
    expect(before.full).toBe(true);
    expect(before.integrations.map(({ id }) => id)).toEqual(expect.arrayContaining([created.data.id, gone.data.id]));
    await editor().patch(path(created), { ordinal: 9 }, ifMatch(1));
    await editor().delete(path(gone), ifMatch(1));
    const delta = await snapshot(before.revision);
    expect(delta).toMatchObject({ revision: before.revision + 2, full: false, deleted: [gone.data.id] });
    expect(delta.integrations.map(({ id, ordinal, version }) => [id, ordinal, version])).toEqual([
      [created.data.id, 9, 2],
    ]);
    expect((await snapshot(delta.revision + 1000)).full).toBe(true);
  });

  it('answers 304 to a dispatcher that has the revision, and nothing to other roles', async () => {
    const { headers } = await as('dispatcher').get('/v1/snapshot');
    const again = await as('dispatcher').get('/v1/snapshot', { headers: { 'If-None-Match': headers['etag'] } });
    expect([again.status, again.data]).toEqual([304, '']);
    for (const role of ['viewer', 'editor', 'admin']) expect((await as(role).get('/v1/snapshot')).status).toBe(403);
  });

  it('gives a secret to dispatchers sealed for its place', async () => {
    const created = await create(withSecret());
    const found = (await snapshot()).integrations.find(({ id }) => id === created.data.id);
    const { id, sealed } = found!.authentications[0]!;
    expect(open(loadKeyRing(keysFile), sealed, authenticationAad(created.data.id, id))).toBe(canary);
  });

  it('makes revisions without gaps, in the order of their commits, under many writers', async () => {
    const { revision } = await snapshot();
    const refused = { name: 'x' };
    await Promise.all(
      Array.from({ length: 24 }, (_, n) => editor().post('/v1/integrations', n % 4 === 3 ? refused : anIntegration())),
    );
    const { rows } = await sql.query<{ revision: string }>(
      'select revision from config.integration_versions where revision > $1 order by changed_at, revision',
      [revision],
    );
    expect(rows.map((row) => Number(row.revision))).toEqual(Array.from({ length: 18 }, (_, n) => revision + n + 1));
    expect((await snapshot()).revision).toBe(revision + 18);
  });

  it('announces every committed revision, and none of a refused change', async () => {
    const created = await create(anIntegration());
    await editor().patch(path(created), { ordinal: 0 }, ifMatch(1));
    const { revision } = await snapshot();
    await eventually('the revision is heard', () => heard.includes(revision));
    expect(heard).not.toContain(revision + 1);
  });

  it('takes changes while the broker is away', async () => {
    const lonely = await start('amqp://guest:guest@127.0.0.1:1');
    const created = await as('editor', lonely.url).post('/v1/integrations', anIntegration());
    const ready = await as('viewer', lonely.url).get('/health/ready');
    await lonely.close();
    expect([created.status, ready.status]).toEqual([201, 200]);
  });

  it.each([
    ['get', '/v1/integrations', 'publisher'],
    ['post', '/v1/integrations', 'operator'],
    ['delete', `/v1/integrations/${randomUUID()}`, 'viewer'],
  ])('refuses %s %s to a %s', async (method, url, role) => {
    expect((await as(role).request({ method, url })).status).toBe(403);
  });

  it('answers 404 to an integration that is not there', async () => {
    const id = randomUUID();
    expect((await as('viewer').get(`/v1/integrations/${id}`)).status).toBe(404);
    expect((await editor().post(`/v1/integrations/${id}/copy`)).status).toBe(404);
    expect((await editor().delete(`/v1/integrations/${id}`, ifMatch(1))).status).toBe(404);
  });

  it('describes all its routes', async () => {
    const { data } = await as('viewer').get('/docs-json');
    expect(Object.keys(data.paths).sort()).toEqual([
      '/health/live',
      '/health/ready',
      '/metrics',
      '/v1/apply-answer',
      '/v1/explain',
      '/v1/integrations',
      '/v1/integrations/validate',
      '/v1/integrations/{id}',
      '/v1/integrations/{id}/apply-answer',
      '/v1/integrations/{id}/copy',
      '/v1/integrations/{id}/disable',
      '/v1/integrations/{id}/explain',
      '/v1/integrations/{id}/preview',
      '/v1/integrations/{id}/resume',
      '/v1/integrations/{id}/suspend',
      '/v1/integrations/{id}/versions',
      '/v1/preview',
      '/v1/schemas/cloud-event',
      '/v1/schemas/event',
      '/v1/schemas/integration',
      '/v1/snapshot',
    ]);
  });

  it('never answered, logged or stored a secret in the clear', async () => {
    await create(withSecret());
    const { rows: tables } = await sql.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'config'`,
    );
    const dump: unknown[] = [];
    for (const { name } of tables) dump.push((await sql.query(`select t::text from config.${name} t`)).rows);
    for (const sink of [JSON.stringify(dump), log.join(), answers.join()]) {
      expect(sink.length).toBeGreaterThan(1000);
      expect(sink).not.toContain(canary);
    }
  });
});
