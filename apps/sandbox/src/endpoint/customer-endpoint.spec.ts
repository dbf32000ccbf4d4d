import axios from 'axios';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificate } from '../certificate';
import { startCustomerEndpoint, type CustomerEndpoint } from './customer-endpoint';

const crm = { username: 'patchbay', password: 'crm-demo-password' };
const listener = { username: 'events', password: 'listener-demo-password' };
const apiKey = { 'x-api-key': 'listener-demo-key' };
const router = { 'x-api-key': 'routing-demo-key' };

describe('the customer services', () => {
  let folder: string;
  let endpoint: CustomerEndpoint;
  let agent: Agent;

  const http = () =>
    axios.create({ baseURL: endpoint.origin, httpsAgent: agent, proxy: false, validateStatus: () => true });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const certificate = await ensureCertificate(folder);
    endpoint = await startCustomerEndpoint(certificate, { host: '127.0.0.1', port: 0 });
    agent = new Agent({ ca: certificate.ca, keepAlive: true });
  });

  afterEach(() => {
    endpoint.ledger.clear();
    endpoint.faults.clear();
  });

  afterAll(async () => {
    agent.destroy();
    await endpoint.close();
    rmSync(folder, { recursive: true });
  });

  it('are trusted through the authority alone', async () => {
    await expect(axios.get(`${endpoint.origin}/customers`, { proxy: false })).rejects.toThrow(/certificate/);
    expect((await http().get('/customers', { auth: crm })).status).toBe(404);
  });

  it('find a known caller and answer 404 for an unknown one', async () => {
    const find = (phone: string) => http().get('/customers', { auth: crm, params: { phone } });
    expect(await find('+358401234567')).toMatchObject({ status: 200, data: { properties: { firstname: 'Elina' } } });
    expect((await find('+358401234560')).status).toBe(404);
    expect((await find('')).status).toBe(404);
  });

  it('name the owner of a customer for a filter', async () => {
    const params = { filter: "source='+358401234567'" };
    const { data } = await http().get('/contacts', { auth: crm, params });
    expect(data.results[0].owner).toMatch(/^agent-\d\d$/);
  });

  it('take events below their path with 204 and no body', async () => {
    const answer = await http().post('/events/any/sub-path', { event: {} }, { auth: listener, headers: apiKey });
    expect([answer.status, answer.data]).toEqual([204, '']);
  });

  it('answer priority, queue, agent and team of a routing decision', async () => {
    const { data } = await http().post('/decisions', { source: '+358401234567' }, { headers: router });
    expect(data).toEqual({
      priority: expect.any(Number),
      queue: { id: expect.any(String) },
      agent: { id: expect.stringMatching(/^agent-/) },
      team: [expect.stringMatching(/^agent-/), expect.stringMatching(/^agent-/)],
      patience: 30,
    });
  });

  it.each([
    ['/customers', {}],
    ['/customers', { auth: { ...crm, password: 'guess' } }],
    ['/events', { auth: listener }],
    ['/events', { headers: apiKey }],
    ['/priorities', { headers: apiKey }],
    ['/invitations', {}],
  ])('refuse wrong credentials: %s %j', async (url, request) => {
    expect((await http().request({ url, ...request })).status).toBe(401);
  });

  it('refuse an unknown path, a wrong method and a body that is no JSON', async () => {
    const headers = { ...router, 'content-type': 'application/json' };
    expect((await http().get('/nowhere')).status).toBe(404);
    expect((await http().delete('/priorities', { headers })).status).toBe(405);
    expect((await http().post('/decisions', Buffer.from('{'), { headers })).status).toBe(400);
  });

  it('write every request into the ledger, without the secrets', async () => {
    const headers = { ...apiKey, 'idempotency-key': 'k-1' };
    await http().post('/events?a=1', { n: 1 }, { auth: listener, headers });
    const [entry] = endpoint.ledger.select();
    expect(entry).toMatchObject({
      sequence: 1,
      method: 'POST',
      path: '/events',
      query: '?a=1',
      idempotencyKey: 'k-1',
      body: '{"n":1}',
      status: 204,
      headers: { authorization: '(given)', 'x-api-key': '(given)', 'content-type': 'application/json' },
    });
    expect(JSON.stringify(entry)).not.toMatch(/demo/);
  });

  it('have written it before they answer', async () => {
    endpoint.faults.add({ path: '/customers', delayMs: 60_000 });
    const controller = new AbortController();
    const call = http().get('/customers', { auth: crm, signal: controller.signal });
    await new Promise((resolve) => {
      const write = endpoint.ledger.write.bind(endpoint.ledger);
      endpoint.ledger.write = (...args) => resolve(write(...args));
    });
    expect(endpoint.ledger.summary().total).toBe(1);
    controller.abort();
    await expect(call).rejects.toThrow('canceled');
  });

  it('fail on demand, so often as told and only at that path', async () => {
    endpoint.faults.add({ path: '/customers', status: 503, times: 2 });
    const statuses = [];
    for (let n = 0; n < 3; n++) {
      statuses.push((await http().get('/customers', { auth: crm, params: { phone: '1' } })).status);
      statuses.push((await http().get('/priorities', { headers: router, params: { phone: '1' } })).status);
    }
    expect(statuses).toEqual([503, 200, 503, 200, 200, 200]);
  });
});
