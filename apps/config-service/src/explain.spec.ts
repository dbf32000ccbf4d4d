import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import axios, { type AxiosResponse } from 'axios';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createLogger, hashToken, type RunningService, runMigrations } from '@patchbay/service-kit';
import { createTestDatabase } from '@patchbay/testing';
import { configDatabase } from './config-database';
import { readConfigServiceSettings } from './config';
import { startConfigService } from './start-config-service';

jest.setTimeout(60_000);

const canary = 'hunter2-canary-9d2e';

/** Queues are the specs' own, so that what one stores does not fire in another. */
const anEvent = (queue: string, contact: object = {}, more: object = {}) => ({
  id: 'e1',
  event: { name: 'queued', datetime: '2026-11-22T08:44:44.215Z' },
  contact: {
    id: 'call-1',
    channel_type: 'phone',
    direction: 'inbound',
    source: '+358401',
    queue: { id: queue },
    ...contact,
  },
  ...more,
});

const anIntegration = (queue: string, more: object = {}) => ({
  name: `Lookup ${randomUUID()}`,
  endpointUrl: 'https://crm.example.com/customers/{contact.id}',
  events: ['queued'],
  queues: [queue],
  configuration: {
    request: {
      method: 'POST',
      headers: { 'x-api-key': '{authentications.api-key}' },
      body: { from: '{contact.source}' },
    },
    response: { set: { priority: '{response.body.priority}' }, save: { name: '{response.body.name}' } },
  },
  authentications: [{ id: 'api-key', secret: canary }],
  ...more,
});

const listening = (queue: string, request: object = {}, more: object = {}) =>
  anIntegration(queue, { configuration: { request: { method: 'GET', ...request } }, authentications: [], ...more });

let world: Awaited<ReturnType<typeof setup>>;
beforeAll(async () => void (world = await setup()));
afterAll(() => world.close());

const post = (path: string, body?: unknown, role = 'viewer'): Promise<AxiosResponse> => world.post(path, body, role);
const store = async (body: object) => {
  const { status, data } = await post('/v1/integrations', body, 'editor');
  expect({ status, errors: data.errors }).toEqual({ status: 201, errors: undefined });
  return data as { id: string; name: string; warnings: { code: string }[] };
};
const pathsOf = ({ data }: AxiosResponse): string[] => data.errors.map(({ path }: { path: string }) => path);
const codesOf = (faults: { code: string }[]) => faults.map(({ code }) => code);

describe('validate', () => {
  it('answers 200 with all faults of a faulty integration, and no faults of a good one', async () => {
    const faulty = await post('/v1/integrations/validate', { name: '', ordinal: 0, endpointUrl: 'http://{oops' });
    expect(faulty.status).toBe(200);
    const paths = faulty.data.faults.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(['name', 'ordinal', 'configuration']));
    const good = await post('/v1/integrations/validate', anIntegration(randomUUID()));
    expect([good.status, good.data]).toEqual([200, { faults: [], warnings: [] }]);
  });

  it.each([
    ['a list', []],
    ['no body', undefined],
  ])('answers 200 with a fault to %s', async (_, body) => {
    const { status, data } = await post('/v1/integrations/validate', body);
    expect([status, data.faults.length > 0]).toEqual([200, true]);
  });

  it('counts the secrets of the stored integration that the id names', async () => {
    const { authentications: _secrets, ...body } = anIntegration(randomUUID());
    const stored = await store(anIntegration(randomUUID()));
    const entry = { authentications: [{ id: 'api-key' }] };
    const asNew = await post('/v1/integrations/validate', { ...body, ...entry });
    const asStored = await post('/v1/integrations/validate', { ...body, ...entry, id: stored.id });
    expect(codesOf(asNew.data.warnings)).toEqual(['authentication-missing']);
    expect(asStored.data).toEqual({ faults: [], warnings: [] });
  });

  it('takes what GET answered', async () => {
    const stored = await store(anIntegration(randomUUID()));
    expect((await post('/v1/integrations/validate', stored)).data).toEqual({ faults: [], warnings: [] });
  });

  it.each([[randomUUID()], ['nonsense'], [7]])('says that %s is the id of no integration', async (id) => {
    const { status, data } = await post('/v1/integrations/validate', { ...anIntegration(randomUUID()), id });
    expect([status, data.faults.map(({ path }: { path: string }) => path)]).toEqual([200, ['id']]);
  });

  it('says that another integration has the name, not that it has it itself', async () => {
    const stored = await store(anIntegration(randomUUID()));
    const other = anIntegration(randomUUID(), { name: ` ${stored.name} ` });
    expect(codesOf((await post('/v1/integrations/validate', other)).data.faults)).toEqual(['name-taken']);
    expect((await post('/v1/integrations/validate', { ...other, id: stored.id })).data.faults).toEqual([]);
  });

  it('changes nothing', async () => {
    const body = anIntegration(randomUUID());
    await post('/v1/integrations/validate', body);
    expect((await post('/v1/integrations', body, 'editor')).status).toBe(201);
  });
});

describe('rules of the deployment', () => {
  const unverified = (queue: string) => listening(queue, { verify: false, proxy: 'http://proxy.example.com:3128' });

  it('are the safe ones unless set', async () => {
    const { data } = await post('/v1/integrations/validate', unverified(randomUUID()));
    expect(codesOf(data.faults)).toEqual(['verify-not-allowed', 'proxy-not-allowed']);
    expect((await post('/v1/integrations', unverified(randomUUID()), 'editor')).status).toBe(400);
  });

  it('allow what their settings allow; taken back, what was stored stays readable with its faults as warnings', async () => {
    const lenient = await world.start({
      PATCHBAY_ALLOW_UNVERIFIED: 'true',
      PATCHBAY_PROXIES: 'http://other.example.com:1, http://proxy.example.com:3128',
    });
    const created = await world.post('/v1/integrations', unverified(randomUUID()), 'editor', lenient.url);
    await lenient.close();
    expect([created.status, created.data.warnings]).toEqual([201, []]);
    const read = await world.get(`/v1/integrations/${created.data.id}`);
    expect([read.status, codesOf(read.data.warnings)]).toEqual([200, ['verify-not-allowed', 'proxy-not-allowed']]);
    const listed = await world.get(`/v1/integrations?search=${encodeURIComponent(created.data.name)}`);
    expect([listed.status, listed.data.items.length]).toEqual([200, 1]);
  });
});

describe('overlap', () => {
  it('of more than three is a warning when creating, changing, reading and validating', async () => {
    const queue = randomUUID();
    for (let count = 0; count < 2; count++) expect((await store(listening(queue))).warnings).toEqual([]);
    const third = await store(listening(queue));
    expect(third.warnings).toEqual([]);
    expect(codesOf((await post('/v1/integrations/validate', listening(queue))).data.warnings)).toEqual(['overlap']);
    const fourth = await store(listening(queue));
    expect(codesOf(fourth.warnings)).toEqual(['overlap']);
    expect(codesOf((await world.get(`/v1/integrations/${third.id}`)).data.warnings)).toEqual(['overlap']);
    const changed = await world.patch(`/v1/integrations/${third.id}`, { ordinal: 2 }, 1);
    expect(codesOf(changed.data.warnings)).toEqual(['overlap']);
    const moved = await world.patch(`/v1/integrations/${third.id}`, { queues: [randomUUID()] }, 2);
    expect(moved.data.warnings).toEqual([]);
    expect((await post('/v1/integrations/validate', { ...third, id: third.id })).data.warnings).toHaveLength(1);
  });
});

describe('explain', () => {
  it('tells each rule with its values, and that the integration starts first', async () => {
    const queue = randomUUID();
    const { id, name } = await store(anIntegration(queue));
    const { status, data } = await post(`/v1/integrations/${id}/explain`, { event: anEvent(queue) });
    expect(status).toBe(200);
    expect(data).toMatchObject({ fires: true, startsAs: 1 });
    expect(data.rules.map(({ holds }: { holds: boolean }) => holds)).toEqual([true, true, true, true, true]);
    expect(data.rules[1]).toMatchObject({ rule: 1, configured: ['queued'], found: 'queued' });
    expect(data.chain).toEqual([
      { id, name, ordinal: 1, role: 'member', startsAs: 1, needsSavedData: false, certain: true },
    ]);
  });

  it('tells why it does not fire, and that it has no place', async () => {
    const { id } = await store(anIntegration(randomUUID()));
    const { data } = await post(`/v1/integrations/${id}/explain`, { event: anEvent(randomUUID()) });
    expect(data).toMatchObject({ fires: false, startsAs: null, chain: [] });
    expect(data.rules.filter(({ holds }: { holds: boolean }) => !holds)).toMatchObject([{ rule: 4 }]);
  });

  it('places it among all stored ones that match, by ordinal', async () => {
    const queue = randomUUID();
    const ids: string[] = [];
    for (const ordinal of [4, 3, 2, 1]) ids.unshift((await store(listening(queue, {}, { ordinal }))).id);
    await store(listening(queue, {}, { channel: 'chat' }));
    await store(listening(queue, {}, { direction: 'outbound' }));
    await store(listening(randomUUID()));
    await store({ ...anIntegration(queue), authentications: [] });
    const { data } = await post(`/v1/integrations/${ids[3]}/explain`, { event: anEvent(queue) });
    const places = data.chain.map(({ id, startsAs }: { id: string; startsAs: unknown }) => [id, startsAs]);
    expect(places).toEqual([
      [ids[0], 1],
      [ids[1], 2],
      [ids[2], 3],
      [ids[3], 'left out'],
    ]);
    expect(data).toMatchObject({ fires: true, startsAs: 'left out' });
  });

  it('explains a change before it is saved, in the place of the stored one and with its secrets', async () => {
    const queue = randomUUID();
    const stored = await store(anIntegration(queue, { ordinal: 5 }));
    const other = await store(listening(queue, {}, { ordinal: 3 }));
    const integration = { ...stored, ordinal: 1 };
    const { data } = await post(`/v1/integrations/${stored.id}/explain`, { event: anEvent(queue), integration });
    expect(data.chain.map(({ id }: { id: string }) => id)).toEqual([stored.id, other.id]);
    expect(data).toMatchObject({ fires: true, startsAs: 1 });
  });

  it('explains an integration that is not stored, after stored ones of its ordinal', async () => {
    const queue = randomUUID();
    const { id } = await store(listening(queue));
    const { data } = await post('/v1/explain', { event: anEvent(queue), integration: listening(queue) });
    expect(data).toMatchObject({ fires: true, startsAs: 2 });
    expect(data.chain.map((link: { id: string }) => link.id)).toEqual([id, '00000000-0000-0000-0000-000000000000']);
  });

  it('tells of an event alone which integrations fire', async () => {
    const queue = randomUUID();
    const { id } = await store(listening(queue));
    const { status, data } = await post('/v1/explain', { event: anEvent(queue) });
    expect([status, Object.keys(data), data.chain[0].id]).toEqual([200, ['chain'], id]);
  });

  it('says when a condition needs what an earlier one saves', async () => {
    const queue = randomUUID();
    await store(anIntegration(queue));
    const condition = "contact.attached_data.name == 'Ada'";
    const { id } = await store(listening(queue, { condition }, { ordinal: 2 }));
    const { data } = await post(`/v1/integrations/${id}/explain`, { event: anEvent(queue) });
    expect(data).toMatchObject({ fires: false, startsAs: 2, condition: { source: condition, holds: false } });
    expect(data.chain[1]).toMatchObject({ needsSavedData: true, certain: false });
  });

  it('takes a CloudEvent', async () => {
    const queue = randomUUID();
    const { id } = await store(listening(queue));
    const { event: inner, contact } = anEvent(queue);
    const event = {
      specversion: '1.0',
      id: '1',
      source: 's',
      type: 'x.queued',
      time: inner.datetime,
      data: { contact },
    };
    expect((await post(`/v1/integrations/${id}/explain`, { event })).data).toMatchObject({ fires: true });
  });
});

describe('preview', () => {
  it('shows the request with its secrets masked', async () => {
    const { id } = await store(anIntegration('q'));
    const { status, data } = await post(`/v1/integrations/${id}/preview`, { event: anEvent('q') });
    expect([status, data]).toEqual([
      200,
      {
        method: 'POST',
        url: 'https://crm.example.com/customers/call-1',
        headers: { 'Content-Type': 'application/json', 'x-api-key': '********' },
        body: '{"from":"+358401"}',
      },
    ]);
  });

  it('masks a secret that comes with an integration that is not stored', async () => {
    const { data } = await post('/v1/preview', { event: anEvent('q'), integration: anIntegration('q') });
    expect(data.headers['x-api-key']).toBe('********');
  });

  it('says why no request can be made', async () => {
    const integration = listening(
      'q',
      {},
      { endpointUrl: 'https://crm.example.com/{contact.guid}/{contact.agent.id}' },
    );
    const { status, data } = await post('/v1/preview', { event: anEvent('q'), integration });
    expect([status, data]).toEqual([200, { fault: expect.objectContaining({ path: 'endpointUrl', code: 'render' }) }]);
  });
});

describe('apply-answer', () => {
  const event = anEvent('q');

  it('tells what a JSON answer would set and save, and what not and why', async () => {
    const { id } = await store(anIntegration('q'));
    const answer = { status: 200, body: { priority: '7', name: 'Ada' } };
    const { status, data } = await post(`/v1/integrations/${id}/apply-answer`, { event, answer });
    expect([status, data]).toEqual([
      200,
      { verdict: 'succeeded', set: { priority: 7 }, save: { name: 'Ada' }, notDone: [] },
    ]);
    const late = { ...event, event: { ...event.event, name: 'ended' } };
    const applied = await post(`/v1/integrations/${id}/apply-answer`, { event: late, answer });
    expect(applied.data.notDone).toMatchObject([{ name: 'priority' }]);
  });

  it('reads text, header names of any case, and the duration', async () => {
    const save = { text: '{response.text}', type: '{response.headers.x-kind}', took: '{duration}' };
    const integration = listening('q', {}, { configuration: { request: { method: 'GET' }, response: { save } } });
    const answer = { status: 201, headers: { 'X-Kind': 'plain' }, text: 'päivää', duration: 0.5 };
    const { data } = await post('/v1/apply-answer', { event, integration, answer });
    expect(data).toMatchObject({ verdict: 'succeeded', save: { text: 'päivää', type: 'plain', took: 0.5 } });
  });

  it.each([
    [404, 'not_found'],
    [503, 'retry'],
    [400, 'final'],
  ])('sets nothing by an answer of status %i: %s', async (status, verdict) => {
    const integration = listening(
      'q',
      {},
      {
        configuration: { request: { method: 'GET' }, response: { set: { priority: 1 } } },
      },
    );
    const { data } = await post('/v1/apply-answer', { event, integration, answer: { status, body: {} } });
    expect(data).toMatchObject({ verdict, set: {} });
  });

  it.each<[string, object, string[]]>([
    ['no status', { body: 1 }, ['answer.status']],
    ['a status beyond 599', { status: 600 }, ['answer.status']],
    ['both body and text', { status: 200, body: 1, text: '1' }, ['answer']],
    ['a header that is a list', { status: 200, headers: { a: ['b'] } }, ['answer.headers.a']],
    ['an unknown member', { status: 200, cookie: '' }, ['answer.cookie']],
    ['more keys than an answer may have', { status: 200, body: Array.from({ length: 10_001 }, () => 1) }, ['answer']],
  ])('refuses an answer with %s', async (_, answer, paths) => {
    const response = await post('/v1/apply-answer', { event, integration: anIntegration('q'), answer });
    expect([response.status, pathsOf(response)]).toEqual([400, paths]);
  });
});

describe('a question', () => {
  it('with a bad event and a bad integration is refused with all faults of both, by path', async () => {
    const event = { event: { name: 'exploded', datetime: 'today' }, contact: {} };
    const integration = { name: 'x', ordinal: 0, endpointUrl: 'https://a.example.com/', configuration: {} };
    const response = await post('/v1/explain', { event, integration });
    expect([response.status, response.headers['content-type']]).toEqual([
      400,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(response.data.type).toContain('invalid-question');
    expect(pathsOf(response)).toEqual([
      'event.event.name',
      'event.event.datetime',
      'event.contact.id',
      'event.contact.channel_type',
      'event.contact.direction',
      'integration.ordinal',
      'integration.configuration.request',
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ['explain', undefined, ['']],
    ['explain', [], ['']],
    ['explain', {}, ['event']],
    ['explain', { event: 'queued' }, ['event']],
    ['explain', { event: anEvent('q'), intergation: {} }, ['intergation']],
    ['explain', { event: anEvent('q'), integration: [] }, ['integration']],
    ['preview', { event: anEvent('q') }, ['integration']],
    ['apply-answer', {}, ['event', 'integration', 'answer']],
  ])('%s of the wrong shape is refused by path: %j', async (route, body, paths) => {
    const response = await post(`/v1/${route}`, body);
    expect([response.status, pathsOf(response)]).toEqual([400, paths]);
  });

  it.each(['explain', 'preview', 'apply-answer'])('%s of an integration that is not there gets 404', async (route) => {
    expect((await post(`/v1/integrations/${randomUUID()}/${route}`, {})).status).toBe(404);
    expect((await post(`/v1/integrations/nonsense/${route}`, {})).status).toBe(400);
  });

  it.each([
    '/v1/integrations/validate',
    `/v1/integrations/${randomUUID()}/explain`,
    `/v1/integrations/${randomUUID()}/preview`,
    `/v1/integrations/${randomUUID()}/apply-answer`,
    '/v1/explain',
    '/v1/preview',
    '/v1/apply-answer',
  ])('%s is refused to a publisher', async (route) => {
    expect((await post(route, {}, 'publisher')).status).toBe(403);
  });

  it('about a stored integration that cannot be used any more gets its faults', async () => {
    const { id } = await store(anIntegration('q'));
    await world.corrupt(id);
    const response = await post(`/v1/integrations/${id}/explain`, { event: anEvent('q') });
    expect([response.status, pathsOf(response)]).toEqual([409, ['endpointUrl']]);
  });
});

describe('schemas', () => {
  it.each([
    ['integration', { name: 'n', endpointUrl: 'edi://echo', configuration: { request: { method: 'GET' } } }],
    ['event', anEvent('q')],
    ['cloud-event', { specversion: '1.0', id: '1', source: 's', type: 'queued', data: {} }],
  ])('of an %s checks what it is for', async (name, sample) => {
    const { status, data, headers } = await world.get(`/v1/schemas/${name}`);
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('application/schema+json')]);
    const ajv = new Ajv({ strict: false });
    addFormats(ajv);
    const fits = ajv.compile(data);
    expect([fits(sample), fits({}), fits([])]).toEqual([true, false, false]);
  });
});

it('never answered or logged a secret in the clear', () => {
  expect(world.seen.length).toBeGreaterThan(50);
  expect(world.seen.join()).not.toContain(canary);
});

async function setup() {
  const database = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'explain-'));
  const keysFile = join(folder, 'credentials.keys.json');
  const tokensFile = join(folder, 'tokens.json');
  const keys = { active: 'k1', keys: { k1: randomBytes(32).toString('base64') } };
  writeFileSync(keysFile, JSON.stringify(keys), { mode: 0o600 });
  const tokens = ['viewer', 'editor', 'publisher'].map((name) => ({ name, sha256: hashToken(name), roles: [name] }));
  writeFileSync(tokensFile, JSON.stringify({ tokens }));
  await runMigrations(configDatabase(database.databaseUrl));
  const seen: string[] = [];
  const logger = createLogger('config-service', 'debug', { write: (line) => void seen.push(line) });
  const start = (more: Record<string, string> = {}): Promise<RunningService> => {
    const settings = readConfigServiceSettings({
      PATCHBAY_TOKENS_FILE: tokensFile,
      PATCHBAY_CREDENTIALS_KEYS_FILE: keysFile,
      // Nobody is there: changes need not be announced.
      AMQP_URL: 'amqp://guest:guest@127.0.0.1:1',
      DATABASE_URL: database.databaseUrl,
      ...more,
    });
    return startConfigService(settings, logger, { signals: false });
  };
  const service = await start();
  const request = async (
    method: string,
    url: string,
    data: unknown,
    role: string,
    headers = {},
    base = service.url,
  ) => {
    const response = await axios.request({
      method,
      url,
      data,
      baseURL: base,
      headers: { Authorization: `Bearer ${role}`, ...headers },
      validateStatus: () => true,
      proxy: false,
    });
    seen.push(JSON.stringify(response.data));
    return response;
  };
  return {
    seen,
    start,
    get: (url: string) => request('get', url, undefined, 'viewer'),
    post: (url: string, data: unknown, role: string, base?: string) => request('post', url, data, role, {}, base),
    patch: (url: string, data: object, version: number) =>
      request('patch', url, data, 'editor', { 'If-Match': `"${version}"` }),
    /** As an older version of the service, with other rules, may have left it. */
    corrupt: async (id: string) => {
      const sql = new Client({ connectionString: database.databaseUrl });
      await sql.connect();
      const broken = '{"endpointUrl": "https://{contact.id}/"}';
      await sql.query('update config.integrations set record = (record::jsonb || $2)::json where id = $1', [
        id,
        broken,
      ]);
      await sql.end();
    },
    close: async () => {
      await service.close();
      await database.remove();
      rmSync(folder, { recursive: true });
    },
  };
}
