import type { Authorisation } from '@patchbay/edi';
import {
  createCertificateAuthority,
  startHttpsEndpoint,
  startOAuthServer,
  type CertificateAuthority,
  type HttpsEndpointOptions,
  type OAuthClient,
  type OAuthServer,
  type Respond,
} from '@patchbay/testing';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createOutbound, type OutboundOptions } from './outbound';

// Characters that a form, and a user name and password, must not be broken by.
const secret = 'Xq7:s%20+=&/"secret';
const scopes = ['calls.read', 'calls.write'];
const clients: OAuthClient[] = [
  { id: 'patch:bay', secret, auth: 'client_secret_basic', scopes },
  { id: 'patch bay', secret, auth: 'client_secret_post', scopes },
];
const deadlineMs = 10_000;

let ca: CertificateAuthority;
let authority: OAuthServer;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  ca = await createCertificateAuthority();
  authority = await startOAuthServer({ ca, clients, scopes: [...scopes, 'calls.delete'] });
}, 30_000);
afterAll(() => authority.close());
afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource.close()));
});

type OAuth = Extract<Authorisation, { by: 'oauth' }>;

/** A way out, and a call by it to the resource that asks the authorization server about the token it is shown. */
function setup(more: Partial<OAuth> = {}, options: Partial<OutboundOptions> = {}) {
  const outbound = createOutbound({ caPem: ca.caPem, allowCidrs: ['127.0.0.0/8'], ...options });
  open.push(outbound);
  const authorisation: OAuth = {
    by: 'oauth',
    clientId: 'patch:bay',
    clientSecret: secret,
    tokenUrl: authority.tokenUrl,
    scope: ['calls.read'],
    clientAuth: 'basic',
    ...more,
  };
  const call = (url = authority.resourceUrl, limits = { deadlineMs }) =>
    outbound.call({ method: 'POST', url, headers: {}, body: '{}', poolKey: 'crm', authorisation }, limits);
  return { call };
}

/** How many requests for tokens come from now on. */
async function countTokenRequests() {
  const before = await authority.tokenRequests();
  return async () => (await authority.tokenRequests()) - before;
}

const seen = (result: Awaited<ReturnType<ReturnType<typeof setup>['call']>>) =>
  result.kind === 'answer' ? { status: result.status, ...JSON.parse(result.body.toString()) } : result;

describe('with a real authorization server', () => {
  it.each([
    ['basic', 'patch:bay'],
    ['body', 'patch bay'],
  ] as const)('a token is granted to who proves it by %s, with the scope asked for', async (clientAuth, clientId) => {
    const { call } = setup({ clientAuth, clientId });
    expect(seen(await call())).toEqual({ status: 200, client: clientId, scope: 'calls.read' });
  });

  it('several scopes are granted, none where none is asked for', async () => {
    const both = setup({ scope: scopes });
    expect(seen(await both.call())).toMatchObject({ scope: 'calls.read calls.write' });
    const none = setup({ scope: [] });
    expect(seen(await none.call())).toMatchObject({ status: 200, scope: null });
  });

  it('one token serves 50 concurrent calls and those after them', async () => {
    const tokenRequests = await countTokenRequests();
    const { call } = setup();
    const results = await Promise.all(Array.from({ length: 50 }, () => call()));
    expect(results.map((result) => seen(result).status)).toEqual(Array.from({ length: 50 }, () => 200));
    await call();
    expect(await tokenRequests()).toBe(1);
  });

  it('a token that ended before its time is fetched anew once, for all who used it', async () => {
    const tokenRequests = await countTokenRequests();
    const { call } = setup();
    await call();
    expect(await authority.forgetTokens()).toBeGreaterThanOrEqual(1);
    const results = await Promise.all(Array.from({ length: 20 }, () => call()));
    expect(results.map((result) => seen(result).status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(await tokenRequests()).toBe(2);
  });

  it.each<[string, Partial<OAuth>, string]>([
    ['a wrong secret', { clientSecret: 'Xq7-wrong' }, 'the token endpoint answered 401 with invalid_client'],
    ['an unknown client', { clientId: 'nobody' }, 'the token endpoint answered 401 with invalid_client'],
    ['a scope it may not have', { scope: ['calls.delete'] }, 'the token endpoint answered 400 with invalid_scope'],
  ])('%s is refused for good, without a word of the secret', async (_, wrong, why) => {
    const { call } = setup(wrong);
    const result = await call();
    expect(result).toMatchObject({
      kind: 'failure',
      failureClass: 'auth',
      stage: 'call',
      side: 'ours',
      message: `fetching the access token: ${why}`,
    });
    expect(JSON.stringify(result)).not.toContain('Xq7');
  });
});

describe("with a service of one's own", () => {
  async function service(respond: HttpsEndpointOptions['respond']) {
    const endpoint = await startHttpsEndpoint({ ca, respond });
    open.push(endpoint);
    return endpoint;
  }

  it('H2.44: the token is in one header and nowhere else', async () => {
    const endpoint = await service(() => ({ status: 204 }));
    await setup().call(`${endpoint.origin}/calls?id=7`);
    const [{ headers, path, body } = { headers: {}, path: '', body: '' }] = endpoint.requests;
    const { authorization = '', ...others } = headers;
    expect(authorization).toMatch(/^Bearer \S{20,}$/);
    const [, token = ''] = authorization.split(' ');
    expect(JSON.stringify([others, path, body])).not.toContain(token);
    expect({ path, body }).toEqual({ path: '/calls?id=7', body: '{}' });
  });

  it('S3.6: a token that the service echoes is not in the answer', async () => {
    const echo: Respond = ({ headers: { authorization = '' } }) => ({
      headers: { 'x-echo': authorization },
      body: JSON.stringify({ authorization }),
    });
    const endpoint = await service(echo);
    const result = await setup().call(endpoint.origin);
    expect(seen(result)).toEqual({ status: 200, authorization: 'Bearer ********' });
    expect(result).toMatchObject({ headers: { 'x-echo': 'Bearer ********' } });
  });

  it('a service that refuses every token gets the call twice and no more', async () => {
    const endpoint = await service(() => ({ status: 401 }));
    const tokenRequests = await countTokenRequests();
    const { call } = setup();
    expect(await call(endpoint.origin)).toMatchObject({
      kind: 'failure',
      failureClass: 'auth',
      side: 'theirs',
      status: 401,
      message: 'auth_failed: the service refused a fresh token',
    });
    expect(new Set(endpoint.requests.map(({ headers }) => headers.authorization)).size).toBe(2);
    expect([endpoint.requests.length, await tokenRequests()]).toEqual([2, 2]);
  });

  it('a call whose time is over fails alone: the token comes for the others', async () => {
    const slow = await service({
      '/token': () => ({ body: JSON.stringify({ access_token: 'T1', token_type: 'bearer' }), delayMs: 600 }),
      '/calls': { status: 204 },
    });
    const { call } = setup({ tokenUrl: `${slow.origin}/token` });
    const patient = call(`${slow.origin}/calls`);
    const hasty = await call(`${slow.origin}/calls`, { deadlineMs: 100 });
    expect(hasty).toMatchObject({
      kind: 'failure',
      failureClass: 'timeout',
      message: 'no complete answer within 100 ms',
    });
    expect(await patient).toMatchObject({ kind: 'answer', status: 204 });
    expect(slow.requests.map(({ path }) => path)).toEqual(['/token', '/calls']);
  });

  it('a token endpoint that is down is a failure that passes', async () => {
    const endpoint = await service({ '/token': { status: 503 }, '/calls': { status: 204 } });
    const { call } = setup({ tokenUrl: `${endpoint.origin}/token` });
    expect(await call(`${endpoint.origin}/calls`)).toMatchObject({
      failureClass: 'token',
      stage: 'call',
      side: 'theirs',
      message: 'fetching the access token: the token endpoint answered 503',
    });
    expect(endpoint.requests.map(({ path }) => path)).toEqual(['/token']);
  });

  it('a redirect of the token endpoint is not followed', async () => {
    const endpoint = await service({
      '/token': { status: 307, headers: { location: '/elsewhere' } },
      '/elsewhere': { body: JSON.stringify({ access_token: 'T1', token_type: 'bearer' }) },
    });
    const { call } = setup({ tokenUrl: `${endpoint.origin}/token` });
    expect(await call(`${endpoint.origin}/calls`)).toMatchObject({ failureClass: 'auth', side: 'ours' });
    expect(endpoint.requests.map(({ path }) => path)).toEqual(['/token']);
  });

  it('no packet goes to a token endpoint on an address that is not allowed', async () => {
    const endpoint = await service(() => ({ status: 204 }));
    let connections = 0;
    const forbidden = createServer((socket) => ((connections += 1), socket.destroy())).listen(0, '127.0.0.1');
    await once(forbidden, 'listening');
    open.push({ close: async () => void forbidden.close() });
    const { port } = forbidden.address() as AddressInfo;
    // The service is allowed by its name, the token endpoint has an address only.
    const allowed = { allowCidrs: [], allowHosts: ['localhost'] };
    const { call } = setup({ tokenUrl: `https://127.0.0.1:${port}/token` }, allowed);
    expect(await call(endpoint.origin)).toMatchObject({
      failureClass: 'blocked',
      stage: 'before',
      side: 'ours',
      message: 'fetching the access token: address not allowed',
    });
    expect([connections, endpoint.requests.length]).toEqual([0, 0]);
  });
});
