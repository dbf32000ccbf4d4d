import {
  createCertificateAuthority,
  startHttpsEndpoint,
  type CertificateAuthority,
  type HttpsEndpoint,
  type HttpsEndpointOptions,
  watchLoopLag,
} from '@patchbay/testing';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createOutbound, type Outbound, type OutboundOptions, type OutboundRequest } from './outbound';

let ca: CertificateAuthority;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  ca = await createCertificateAuthority();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource.close()));
});

async function endpointThat(respond: HttpsEndpointOptions['respond'], names?: string[]): Promise<HttpsEndpoint> {
  const endpoint = await startHttpsEndpoint({ ca, respond, names });
  open.push(endpoint);
  return endpoint;
}

function outbound(options: Partial<OutboundOptions> = {}): Outbound {
  const made = createOutbound({ caPem: ca.caPem, allowCidrs: ['127.0.0.0/8'], ...options });
  open.push(made);
  return made;
}

async function startSilentHost() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port, close };
}

const get = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'GET',
  url,
  headers: {},
  poolKey: 'integration 1',
  ...more,
});
const deadlineMs = 5_000;

async function setup(respond: HttpsEndpointOptions['respond'], options: Partial<OutboundOptions> = {}) {
  const endpoint = await endpointThat(respond);
  const { call } = outbound(options);
  return { endpoint, call };
}

describe('an answer', () => {
  test('comes with status, headers in lower case, body and times', async () => {
    const { endpoint, call } = await setup(() => ({
      status: 201,
      headers: { 'X-Kind': 'good', 'X-Many': ['a', 'b'] },
      body: '{"ok":true}',
    }));
    const body = '{"ask":"ü"}';
    const request = get(`${endpoint.origin}/a/b?c=d%20e`, { method: 'POST', headers: { 'X-Ask': '1' }, body });
    const result = await call(request, { deadlineMs });
    expect(result).toMatchObject({ kind: 'answer', status: 201, headers: { 'x-kind': 'good', 'x-many': 'a, b' } });
    expect(result.kind === 'answer' && result.body.toString()).toBe('{"ok":true}');
    expect(result.kind === 'answer' && result.timing.firstByteMs).toBeLessThanOrEqual(result.durationMs);
    expect(endpoint.requests).toMatchObject([
      { method: 'POST', path: '/a/b?c=d%20e', headers: { 'x-ask': '1' }, body },
    ]);
  });

  test.each([
    ['gzip', gzipSync('plain')],
    ['br', brotliCompressSync('plain')],
  ])('in %s is decompressed', async (encoding, body) => {
    const { endpoint, call } = await setup(() => ({ headers: { 'content-encoding': encoding }, body }));
    const result = await call(get(endpoint.origin), { deadlineMs });
    expect(result.kind === 'answer' && result.body.toString()).toBe('plain');
    expect(endpoint.requests[0]?.headers['accept-encoding']).toBe('gzip, deflate, br');
  });

  test.each([301, 302, 307, 308])('H2.5: with %i is not followed', async (status) => {
    const { endpoint, call } = await setup(() => ({ status, headers: { location: '/elsewhere' } }));
    expect(await call(get(endpoint.origin), { deadlineMs })).toMatchObject({ kind: 'answer', status });
    expect(endpoint.requests).toHaveLength(1);
  });
});

describe('connections', () => {
  test('are used again for the same key', async () => {
    const { endpoint, call } = await setup(() => ({ body: 'x' }));
    for (let count = 0; count < 20; count++) await call(get(endpoint.origin), { deadlineMs });
    // A second one opens when a call starts in the very moment in which its predecessor ends.
    expect(new Set(endpoint.requests.map(({ connection }) => connection)).size).toBeLessThanOrEqual(2);
  });

  test('are never shared between keys', async () => {
    const { endpoint, call } = await setup(() => ({ body: 'x' }));
    for (const poolKey of ['one', 'one', 'two', 'three', 'two', 'three', 'one'])
      await call(get(endpoint.origin, { poolKey, headers: { key: poolKey } }), { deadlineMs });
    const users = new Map<number, Set<unknown>>();
    for (const { connection, headers } of endpoint.requests)
      users.set(connection, (users.get(connection) ?? new Set()).add(headers['key']));
    expect([...users.values()].map(({ size }) => size)).toEqual(Array.from(users, () => 1));
  });

  test.each([
    ['at most 32 for a key', undefined, 32],
    ['as many as the request allows', 50, 50],
  ])('are %s; further calls wait for one', async (_, connections, most) => {
    const { endpoint, call } = await setup(() => ({ body: 'x', delayMs: 50 }));
    const request = get(endpoint.origin, { connections });
    const calls = Array.from({ length: 100 }, () => call(request, { deadlineMs }));
    const kinds = (await Promise.all(calls)).map(({ kind }) => kind);
    expect(kinds).toEqual(Array.from({ length: 100 }, () => 'answer'));
    expect(new Set(endpoint.requests.map(({ connection }) => connection)).size).toBe(most);
  });
});

describe('the deadline', () => {
  test.each<[string, HttpsEndpointOptions['respond']]>([
    ['that hangs', () => ({ hang: true })],
    ['that drips its body', () => ({ drip: true, everyMs: 20 })],
    ['that is slow', () => ({ delayMs: 3_000 })],
  ])('ends a call to an endpoint %s', async (_, respond) => {
    const { endpoint, call } = await setup(respond);
    const lag = watchLoopLag();
    const started = performance.now();
    const result = await call(get(endpoint.origin), { deadlineMs: 300 });
    expect(result).toMatchObject({
      kind: 'failure',
      failureClass: 'timeout',
      stage: 'call',
      message: 'no complete answer within 300 ms',
    });
    expect(performance.now() - started - lag.worstMs()).toBeLessThan(550);
  });

  test('covers the wait for a connection, and calls that waited too long are never sent', async () => {
    const { endpoint, call } = await setup({
      '/hang': { hang: true },
      '/late': { status: 200 },
      '/next': { status: 200 },
    });
    const hanging = Array.from({ length: 32 }, () => call(get(`${endpoint.origin}/hang`), { deadlineMs: 2_500 }));
    await endpoint.waitForRequests(32);
    const late = await call(get(`${endpoint.origin}/late`), { deadlineMs: 100 });
    expect(late).toMatchObject({ kind: 'failure', failureClass: 'timeout' });
    await Promise.all(hanging);
    expect(await call(get(`${endpoint.origin}/next`), { deadlineMs })).toMatchObject({ kind: 'answer', status: 200 });
    expect(endpoint.requests.map(({ path }) => path)).not.toContain('/late');
  });

  test('covers a host that accepts and never speaks TLS', async () => {
    const { port, close } = await startSilentHost();
    open.push({ close });
    const result = await outbound().call(get(`https://localhost:${port}`), { deadlineMs: 200 });
    expect(result).toMatchObject({ kind: 'failure', failureClass: 'timeout' });
    expect(result.durationMs).toBeLessThan(450);
  });

  test('is not the only end: the caller can cancel', async () => {
    const { endpoint, call } = await setup(() => ({ hang: true }));
    const controller = new AbortController();
    const result = call(get(endpoint.origin), { deadlineMs, signal: controller.signal });
    await endpoint.waitForRequests(1);
    controller.abort();
    expect(await result).toMatchObject({
      kind: 'failure',
      failureClass: 'cancelled',
      message: 'the call was cancelled',
    });
  });
});

describe('a failure', () => {
  test('is refused when nobody listens, and names no address', async () => {
    const endpoint = await startHttpsEndpoint({ ca });
    await endpoint.close();
    const result = await outbound().call(get(endpoint.origin), { deadlineMs });
    expect(result).toMatchObject({ kind: 'failure', failureClass: 'refused', stage: 'call' });
    expect(JSON.stringify(result)).not.toContain('127.0.0.1');
  });

  test('is reset when the connection is cut before the answer', async () => {
    const { endpoint, call } = await setup(() => ({ reset: true }));
    expect(await call(get(endpoint.origin), { deadlineMs })).toMatchObject({ failureClass: 'reset', stage: 'call' });
  });

  test('is tls when the authority is unknown', async () => {
    const { endpoint, call } = await setup(() => ({ status: 200 }), { caPem: undefined });
    const result = await call(get(endpoint.origin), { deadlineMs });
    expect(result).toMatchObject({ kind: 'failure', failureClass: 'tls', stage: 'call' });
    expect(endpoint.requests).toEqual([]);
  });

  test('is tls when the certificate is for another host', async () => {
    const endpoint = await endpointThat(() => ({ status: 200 }), ['other.example']);
    const result = await outbound().call(get(endpoint.origin), { deadlineMs });
    expect(result).toMatchObject({
      failureClass: 'tls',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    expect(endpoint.requests).toEqual([]);
  });

  test.each([
    ['a body over 1 MiB', {}, Buffer.alloc(1024 * 1024 + 1)],
    ['a gzip bomb', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(50 * 1024 * 1024))],
    ['a brotli bomb', { 'content-encoding': 'br' }, brotliCompressSync(Buffer.alloc(50 * 1024 * 1024))],
  ])('is too-large for %s', async (_, headers, body) => {
    const { endpoint, call } = await setup(() => ({ headers, body }));
    const result = await call(get(endpoint.origin), { deadlineMs });
    expect(result).toMatchObject({ kind: 'failure', failureClass: 'too-large', stage: 'call' });
  });

  test('is protocol for two encodings', async () => {
    const body = gzipSync(gzipSync('x'));
    const { endpoint, call } = await setup(() => ({ headers: { 'content-encoding': 'gzip, gzip' }, body }));
    expect(await call(get(endpoint.origin), { deadlineMs })).toMatchObject({ failureClass: 'protocol' });
  });

  test('is protocol for headers without end', async () => {
    const headers = { 'x-long': 'x'.repeat(20_000) };
    const { endpoint, call } = await setup(() => ({ headers }));
    expect(await call(get(endpoint.origin), { deadlineMs })).toMatchObject({ failureClass: 'protocol' });
  });

  test('is dns when the name has no address', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('nothing'), { code: 'ENOTFOUND' }));
    const result = await outbound({ resolve }).call(get('https://nowhere.example'), { deadlineMs });
    expect(result).toMatchObject({
      failureClass: 'dns',
      stage: 'call',
      message: 'the host name has no address (ENOTFOUND)',
    });
  });

  test('leaves the way free for the next call', async () => {
    let count = 0;
    const { endpoint, call } = await setup(() => ((count += 1) === 1 ? { reset: true } : { status: 200 }));
    await call(get(endpoint.origin), { deadlineMs });
    expect(await call(get(endpoint.origin), { deadlineMs })).toMatchObject({ kind: 'answer', status: 200 });
  });
});

describe('a forbidden target', () => {
  const blocked = { kind: 'failure', failureClass: 'blocked', stage: 'before', message: 'address not allowed' };

  test.each(['localhost', '127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '１２７.0.0.1', '[::ffff:7f00:1]'])(
    'gets no packet: %s',
    async (host) => {
      const { endpoint, call } = await setup(() => ({ status: 200 }), { allowCidrs: [] });
      let connections = 0;
      endpoint.server.on('connection', () => (connections += 1));
      expect(await call(get(`https://${host}:${endpoint.port}/`), { deadlineMs })).toMatchObject(blocked);
      expect(connections).toBe(0);
    },
  );

  test.each(['http://localhost/', 'ftp://localhost/', 'data:text/plain,x', 'file:///etc/passwd'])(
    'is anything but https: %s',
    async (url) => {
      const result = await outbound().call(get(url), { deadlineMs });
      expect(result).toMatchObject({ failureClass: 'blocked', stage: 'before', message: 'only https is allowed' });
    },
  );

  test.each(['https://localhost:22/', 'https://localhost:5672/', 'https://user@localhost/', 'https://u:p@localhost/'])(
    'is refused by its form: %s',
    async (url) => {
      expect(await outbound().call(get(url), { deadlineMs })).toMatchObject({
        failureClass: 'blocked',
        stage: 'before',
      });
    },
  );

  test('is a name that turns to the inside after it was allowed', async () => {
    const endpoint = await endpointThat(() => ({ status: 200 }));
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '93.184.216.34' : '127.0.0.1', family: 4 }];
    };
    const { call } = outbound({ allowCidrs: [], resolve });
    const url = `https://rebinding.example:${endpoint.port}/`;
    await call(get(url), { deadlineMs: 50 });
    expect(await call(get(url), { deadlineMs })).toMatchObject(blocked);
    expect(endpoint.requests).toEqual([]);
  });

  test.each(['Host', 'content-length', 'Transfer-Encoding', 'accept-encoding'])('is no header %s', async (name) => {
    const result = await outbound().call(get('https://localhost/', { headers: { [name]: '1' } }), { deadlineMs });
    expect(result).toMatchObject({
      failureClass: 'protocol',
      stage: 'before',
      message: `the header ${name} cannot be set`,
    });
  });

  test('is no header with a line break', async () => {
    const { endpoint, call } = await setup(() => ({ status: 200 }));
    const result = await call(get(endpoint.origin, { headers: { 'x-a': 'a\r\nx-b: b' } }), { deadlineMs });
    expect(result).toMatchObject({ kind: 'failure', failureClass: 'protocol' });
    expect(endpoint.requests).toEqual([]);
  });
});

test('a proxy in the environment is not used', async () => {
  process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
  const { endpoint, call } = await setup(() => ({ status: 200 }));
  const result = await call(get(endpoint.origin), { deadlineMs });
  delete process.env['HTTPS_PROXY'];
  expect(result).toMatchObject({ kind: 'answer', status: 200 });
});

test('closing cuts running calls, and later ones are not tried', async () => {
  const { endpoint } = await setup(() => ({ hang: true }));
  const out = outbound();
  const running = out.call(get(endpoint.origin), { deadlineMs });
  await endpoint.waitForRequests(1);
  await out.close();
  expect(await running).toMatchObject({ kind: 'failure', failureClass: 'cancelled', side: 'ours' });
  expect(await out.call(get(endpoint.origin), { deadlineMs })).toMatchObject({ message: 'outbound is closed' });
});
