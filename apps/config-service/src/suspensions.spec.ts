import {
  type ConfigChangedMessage,
  exchangeNames,
  messageTypes,
  type OperatorEvent,
  queueNames,
  type RejectedMessage,
  type Snapshot,
} from '@patchbay/contracts';
import { createMessaging } from '@patchbay/messaging';
import { createLogger, hashToken, runMigrations } from '@patchbay/service-kit';
import { createTestBroker, createTestDatabase, eventually, startTcpProxy } from '@patchbay/testing';
import axios, { type AxiosResponse } from 'axios';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { readConfigServiceSettings } from './config';
import { configDatabase } from './config-database';
import { configTopology } from './config-topology';
import { startConfigService } from './start-config-service';

jest.setTimeout(60_000);

const since = '2026-11-22T10:00:00.000Z';
const reason = 'https://crm.example.com/gone answered 410; it is not called again until an operator resumes it.';

const anIntegration = () => ({
  name: `Notify ${randomUUID()}`,
  endpointUrl: 'https://crm.example.com/gone',
  events: ['received'],
  queues: ['*'],
  configuration: { request: { method: 'POST', headers: { 'x-api-key': '{authentications.api-key}' } } },
  authentications: [{ id: 'api-key', secret: 'a secret' }],
});

const aSuspension = (integrationId: string, more: object = {}): OperatorEvent => ({
  id: randomUUID(),
  kind: 'suspended',
  at: since,
  integrationId,
  integrationName: 'Notify',
  integrationVersion: 1,
  replica: 0,
  message: reason,
  ...more,
});

let world: Awaited<ReturnType<typeof setup>>;
beforeAll(async () => void (world = await setup()));
afterAll(() => world.close());

/** The service, reaching its broker through a proxy; a dispatcher that tells of suspensions; and what others hear. */
async function setup({ brokerAway = false } = {}) {
  const [broker, database] = await Promise.all([createTestBroker(), createTestDatabase()]);
  const folder = mkdtempSync(join(tmpdir(), 'suspensions-'));
  const [keysFile, tokensFile] = [join(folder, 'keys.json'), join(folder, 'tokens.json')];
  const keys = { active: 'k1', keys: { k1: randomBytes(32).toString('base64') } };
  writeFileSync(keysFile, JSON.stringify(keys), { mode: 0o600 });
  const roles = ['viewer', 'operator', 'editor', 'dispatcher'];
  const tokens = roles.map((role) => ({ name: `the ${role}`, sha256: hashToken(`pbt_${role}`), roles: [role] }));
  writeFileSync(tokensFile, JSON.stringify({ tokens }));
  await runMigrations(configDatabase(database.databaseUrl));
  const log: string[] = [];
  const logger = createLogger('config-service', 'info', { write: (line) => void log.push(line) });
  const amqp = new URL(broker.amqpUrl);
  const proxy = await startTcpProxy({ host: amqp.hostname, port: Number(amqp.port) });
  if (brokerAway) proxy.refuse();
  amqp.port = String(proxy.port);
  const settings = readConfigServiceSettings({
    PATCHBAY_TOKENS_FILE: tokensFile,
    PATCHBAY_CREDENTIALS_KEYS_FILE: keysFile,
    AMQP_URL: amqp.toString(),
    DATABASE_URL: database.databaseUrl,
  });
  const service = await startConfigService(settings, logger, { signals: false });
  const dispatcher = createMessaging({ urls: [broker.amqpUrl], name: 'spec', topology: configTopology(), logger });
  await dispatcher.ready();
  const publisher = dispatcher.publisher('spec');
  const [heard, rejected] = [[] as number[], [] as RejectedMessage[]];
  dispatcher.listen(exchangeNames.config, (body) => {
    heard.push((JSON.parse(body.toString()) as ConfigChangedMessage).revision);
  });
  dispatcher.consume({
    queue: queueNames.rejected,
    prefetch: 10,
    handler: async ({ body }) => (rejected.push(JSON.parse(body.toString())), 'ack'),
  });
  return {
    database,
    service,
    proxy,
    log,
    heard,
    rejected,
    /** As a dispatcher tells it. */
    tell: (event: OperatorEvent) =>
      publisher.publish({
        exchange: exchangeNames.operatorEvents,
        routingKey: event.kind,
        body: JSON.stringify(event),
        messageId: event.id,
        type: messageTypes.operatorEvent,
      }),
    sendRaw: (body: string) =>
      publisher.publish({
        exchange: '',
        routingKey: queueNames.suspensions,
        body,
        messageId: randomUUID(),
        type: messageTypes.operatorEvent,
      }),
    async close() {
      await Promise.all([service.close(), dispatcher.close()]);
      await Promise.all([proxy.close(), broker.remove(), database.remove()]);
      rmSync(folder, { recursive: true });
    },
  };
}

interface Asked {
  body?: object;
  /** For If-Match. */
  version?: number;
  role?: string;
  of?: Pick<typeof world, 'service'>;
}

function ask(method: string, url: string, { body, version, role = 'operator', of = world }: Asked = {}) {
  const headers = {
    authorization: `Bearer pbt_${role}`,
    ...(version !== undefined && { 'if-match': `"${version}"` }),
  };
  return axios.request({
    method,
    baseURL: of.service.url,
    url,
    data: body,
    headers,
    validateStatus: () => true,
    proxy: false,
  });
}

async function create(of = world): Promise<{ id: string; path: string }> {
  const { status, data } = await ask('post', '/v1/integrations', { body: anIntegration(), role: 'editor', of });
  expect({ status, errors: data.errors }).toEqual({ status: 201, errors: undefined });
  return { id: data.id, path: `/v1/integrations/${data.id}` };
}

const read = async (path: string) => (await ask('get', path)).data;
const suspended = (path: string, of = world) =>
  eventually(`${path} is suspended`, async () => {
    const { status, data } = await ask('get', path, { of });
    return status === 200 && data.suspended !== null && data;
  });
const snapshot = async (from = 0): Promise<Snapshot> =>
  (await ask('get', `/v1/snapshot?since=${from}`, { role: 'dispatcher' })).data;
const refusalOf = ({ status, data }: AxiosResponse) => [status, data.type.split(':').at(-1)];

/** Runs a statement beside the service, in its database unless told otherwise. */
async function sql(statement: string, databaseUrl = world.database.databaseUrl): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

describe('H2.35 suspension by a 410 that a dispatcher tells of', () => {
  it('is a version of its own, kept in history, given to dispatchers and announced', async () => {
    const { id, path } = await create();
    const before = await snapshot();
    await world.tell(aSuspension(id));
    const now = await suspended(path);
    expect(now).toMatchObject({ suspended: { since, reason }, version: 2, authentications: [{ id: 'api-key' }] });
    const { items } = await read(`${path}/versions`);
    expect(items[0]).toMatchObject({ version: 2, changedBy: 'dispatcher', integration: { suspended: { since } } });
    const delta = await snapshot(before.revision);
    expect(delta.revision).toBe(before.revision + 1);
    expect(delta.integrations).toMatchObject([{ id, version: 2, suspended: { since, reason } }]);
    const sealed = before.integrations.find((one) => one.id === id)?.authentications;
    expect(delta.integrations[0]?.authentications).toEqual(sealed);
    await eventually('the revision is announced', () => world.heard.includes(delta.revision));
  });

  it('does nothing, and takes no revision, when the integration is gone, changed or suspended since', async () => {
    const [changed, gone, done] = [await create(), await create(), await create()];
    await ask('patch', changed.path, { body: { ordinal: 2 }, version: 1, role: 'editor' });
    await ask('delete', gone.path, { version: 1, role: 'editor' });
    await ask('post', `${done.path}/suspend`, { body: { reason: 'by hand' }, version: 1 });
    const { revision } = await snapshot();
    await world.tell(aSuspension(changed.id));
    await world.tell(aSuspension(gone.id));
    await world.tell(aSuspension(done.id));
    await world.tell(aSuspension(done.id, { integrationVersion: 2 }));
    await world.tell(aSuspension(randomUUID()));
    const passedOver = () => world.log.filter((line) => line.includes('not suspended'));
    await eventually('all five are handled', () => passedOver().length === 5);
    expect((await snapshot()).revision).toBe(revision);
    expect(world.heard).not.toContain(revision + 1);
    expect(await read(changed.path)).toMatchObject({ suspended: null, version: 2 });
    expect(await read(done.path)).toMatchObject({ suspended: { reason: 'by hand' }, version: 2 });
    const next = await create();
    expect((await snapshot(revision)).integrations.map(({ id }) => id)).toEqual([next.id]);
  });

  it('happens once, however many dispatchers tell it, however often', async () => {
    const { id, path } = await create();
    const event = aSuspension(id);
    await Promise.all([event, event, aSuspension(id, { replica: 1, message: 'another' })].map(world.tell));
    await eventually('all three are handled', () => world.log.filter((line) => line.includes(id)).length === 3);
    expect((await read(path)).version).toBe(2);
  });

  it.each([
    ['no JSON', () => 'hello'],
    ['a scalar', () => '7'],
    ['null', () => 'null'],
    ['another kind', (id: string) => JSON.stringify(aSuspension(id, { kind: 'breaker-open' }))],
    ['an id that PostgreSQL refuses', (id: string) => JSON.stringify(aSuspension(`urn:uuid:${id}`))],
    ['a version that is no integer', (id: string) => JSON.stringify(aSuspension(id, { integrationVersion: '1' }))],
    ['a time that is none', (id: string) => JSON.stringify(aSuspension(id, { at: 'yesterday' }))],
    ['no message', (id: string) => JSON.stringify(aSuspension(id, { message: undefined }))],
  ])('is set aside with its reason when it is %s, and the next one is applied', async (_, bodyFor) => {
    const [{ id, path }, next] = [await create(), await create()];
    const body = bodyFor(id);
    await world.sendRaw(body);
    await world.tell(aSuspension(next.id));
    await suspended(next.path);
    const bodyBase64 = Buffer.from(body).toString('base64');
    const found = await eventually('it is set aside', () =>
      world.rejected.find((one) => one.bodyBase64 === bodyBase64),
    );
    expect(found).toMatchObject({ source: 'amqp', reason: expect.stringMatching(/^suspension: \S/), faults: [] });
    expect((await read(path)).suspended).toBeNull();
  });

  it('keeps of its message what PostgreSQL can search, and at most 500 characters', async () => {
    const { id, path } = await create();
    await world.tell(aSuspension(id, { message: `nul \u0000 half \ud800 whole 😀 ${'x'.repeat(600)}` }));
    const { suspended: found } = await suspended(path);
    expect(found.reason).toMatch(/^nul \ufffd half \ufffd whole 😀 x+$/u);
    expect([...found.reason]).toHaveLength(500);
    expect((await ask('get', '/v1/integrations?search=crm.example.com')).status).toBe(200);
  });

  it('waits for PostgreSQL when it is away, untouched', async () => {
    const { id, path } = await create();
    const address = new URL(world.database.databaseUrl);
    const name = address.pathname.slice(1);
    address.pathname = '/postgres';
    await sql(`alter database ${name} with allow_connections false`, address.toString());
    await sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`, address.toString());
    await world.tell(aSuspension(id));
    await eventually('it is noticed', () => world.log.some((line) => line.includes('PostgreSQL is not there yet')));
    await sql(`alter database ${name} with allow_connections true`, address.toString());
    expect((await suspended(path)).version).toBe(2);
    const bodies = world.rejected.map(({ bodyBase64 }) => Buffer.from(bodyBase64, 'base64').toString());
    expect(bodies.filter((body) => body.includes(`"integrationId":"${id}"`))).toEqual([]);
  });

  it('is taken up when the broker comes back, which neither start nor readiness waited for', async () => {
    const other = await setup({ brokerAway: true });
    const { id, path } = await create(other);
    const { status, data } = await ask('get', '/health/ready', { of: other });
    expect([status, data.checks]).toEqual([200, { database: 'ok' }]);
    expect(data.broker).not.toBe('ok');
    await other.tell(aSuspension(id));
    other.proxy.accept();
    expect(await suspended(path, other)).toMatchObject({ version: 2, suspended: { reason } });
    await other.close();
  });
});

describe('language 2: suspended', () => {
  const suspend = (path: string, version: number, role?: string) =>
    ask('post', `${path}/suspend`, { body: { reason: 'the CRM moves this weekend' }, version, role });

  it('is set by an operator, kept in history, and given to dispatchers', async () => {
    const { id, path } = await create();
    const { revision } = await snapshot();
    const { status, data, headers } = await suspend(path, 1);
    const stands = { since: expect.stringMatching(/^\d{4}-.*Z$/), reason: 'the CRM moves this weekend' };
    expect([status, headers['etag'], data.suspended]).toEqual([200, '"2"', stands]);
    expect(data).toMatchObject({ version: 2, events: ['received'], authentications: [{ id: 'api-key', set: true }] });
    expect((await read(`${path}/versions`)).items[0]).toMatchObject({ version: 2, changedBy: 'the operator' });
    expect((await snapshot(revision)).integrations).toMatchObject([{ id, version: 2, suspended: stands }]);
  });

  it('is cleared by an operator, whoever set it', async () => {
    const { id, path } = await create();
    await world.tell(aSuspension(id));
    await suspended(path);
    const { status, data } = await ask('post', `${path}/resume`, { version: 2 });
    expect([status, data.version, data.suspended]).toEqual([200, 3, null]);
    expect((await read(`${path}/versions`)).items[0]).toMatchObject({ changedBy: 'the operator' });
    expect((await snapshot()).integrations.find((one) => one.id === id)).toMatchObject({ version: 3, suspended: null });
  });

  it.each(['put', 'patch'])('stays through a %s that says otherwise', async (method) => {
    const { path } = await create();
    const { data } = await suspend(path, 1);
    const body = { ...data, ordinal: 3, suspended: null };
    const changed = await ask(method, path, { body, version: 2, role: 'editor' });
    expect([changed.status, changed.data.ordinal, changed.data.suspended]).toEqual([200, 3, data.suspended]);
  });

  it('is set once: a second time answers 409 and since when', async () => {
    const { path } = await create();
    const { suspended: stands } = (await suspend(path, 1)).data;
    const again = await suspend(path, 2);
    expect(refusalOf(again)).toEqual([409, 'suspended-already']);
    expect([again.data.detail, again.data.suspended]).toEqual([expect.stringContaining(stands.since), stands]);
    expect((await read(path)).version).toBe(2);
  });

  it('cannot be cleared where it is not set: 409', async () => {
    const { path } = await create();
    expect(refusalOf(await ask('post', `${path}/resume`, { version: 1 }))).toEqual([409, 'not-suspended']);
    expect((await read(path)).version).toBe(1);
  });

  it('changes only on top of the version that was read, and by operators only', async () => {
    const { path } = await create();
    for (const action of ['suspend', 'resume']) {
      const statusOf = async (given: Asked) =>
        (await ask('post', `${path}/${action}`, { body: { reason: 'x' }, ...given })).status;
      expect([await statusOf({}), await statusOf({ version: 7 })]).toEqual([428, 412]);
      for (const role of ['viewer', 'dispatcher']) expect(await statusOf({ version: 1, role })).toBe(403);
    }
    expect((await read(path)).version).toBe(1);
    expect((await suspend(`/v1/integrations/${randomUUID()}`, 1)).status).toBe(404);
  });

  it.each([
    ['no body', undefined, 'reason'],
    ['no reason', {}, 'reason'],
    ['a blank reason', { reason: '  ' }, 'reason'],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, 'reason'],
    ['a reason that is no text', { reason: 7 }, 'reason'],
    ['a reason that PostgreSQL cannot search', { reason: 'nul \u0000' }, 'reason'],
    ['something else', { reason: 'x', until: 'Monday' }, 'until'],
  ])('is refused with %s', async (_, body, path) => {
    const created = await create();
    const { status, data } = await ask('post', `${created.path}/suspend`, { body, version: 1 });
    expect([status, data.errors[0].path]).toEqual([400, path]);
    expect((await read(created.path)).version).toBe(1);
  });

  it('is set and cleared also where the record no longer suits the deployment', async () => {
    const { id, path } = await create();
    await sql(`update config.integrations set
      record = jsonb_set(record::jsonb, '{configuration,request,verify}', 'false')::json where id = '${id}'`);
    expect((await ask('post', `${path}/disable`, { version: 1, role: 'editor' })).status).toBe(400);
    const { status, data } = await suspend(path, 1);
    expect(status).toBe(200);
    expect(data.warnings.map((one: { path: string }) => one.path)).toContain('configuration.request.verify');
    expect((await ask('post', `${path}/resume`, { version: 2 })).status).toBe(200);
  });
});
