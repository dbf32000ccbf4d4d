import {
  createCertificateAuthority,
  eventually,
  startConnectProxy,
  startHttpsEndpoint,
  startRawEndpoint,
  type CertificateAuthority,
  type ConnectProxyOptions,
  watchLoopLag,
} from '@patchbay/testing';
import { createOutbound, type OutboundOptions, type OutboundRequest } from './outbound';

const deadlineMs = 5_000;
let ca: CertificateAuthority;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  ca = await createCertificateAuthority();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource.close()));
});

/** A service, a proxy that knows where it is, and a way out that resolves nothing and may go nowhere directly. */
async function setup(proxyOptions: ConnectProxyOptions = {}, credentials = '') {
  const endpoint = await startHttpsEndpoint({ ca, names: ['service.example'], respond: () => ({ body: 'ok' }) });
  const proxy = await startConnectProxy({
    hosts: { [`service.example:${endpoint.port}`]: endpoint.port },
    ...proxyOptions,
  });
  open.push(endpoint, proxy);
  const address = proxy.address.replace('//', `//${credentials}`);
  const url = `https://service.example:${endpoint.port}/path`;
  return { endpoint, proxy, address, url };
}

function calling(url: string, options: Partial<OutboundOptions>) {
  const resolved: string[] = [];
  const resolve = async (hostname: string) => {
    resolved.push(hostname);
    return [{ address: '127.0.0.1', family: 4 }];
  };
  const outbound = createOutbound({ caPem: ca.caPem, allowCidrs: [], resolve, ...options });
  open.push(outbound);
  const call = (more: Partial<OutboundRequest> = {}, limitMs = deadlineMs) =>
    outbound.call({ method: 'GET', url, headers: {}, poolKey: 'k', ...more }, { deadlineMs: limitMs });
  return { call, resolved };
}

const blocked = { failureClass: 'blocked', stage: 'before', side: 'ours' };

describe('H2.6 through the deployment’s proxy', () => {
  test.each(['http', 'https'])(
    'over %s, a call reaches the service, whose name only the proxy resolves',
    async (by) => {
      const certificate = by === 'https' ? await ca.issue(['localhost']) : undefined;
      const { endpoint, proxy, address, url } = await setup({ certificate });
      const { call, resolved } = calling(url, { egressProxy: address });
      const result = await call();
      expect(result).toMatchObject({ kind: 'answer', status: 200 });
      expect(proxy.log).toMatchObject([{ target: `service.example:${endpoint.port}`, status: 200 }]);
      expect(resolved).toEqual([]);
      expect(endpoint.requests).toHaveLength(1);
      expect(result.timing).toEqual({
        connectMs: expect.any(Number),
        tlsMs: expect.any(Number),
        sentMs: expect.any(Number),
        firstByteMs: expect.any(Number),
      });
    },
  );

  test('the tunnel is used again, by the same key only', async () => {
    const { endpoint, proxy, address, url } = await setup();
    const { call } = calling(url, { egressProxy: address });
    for (let count = 0; count < 5; count++) expect(await call()).toMatchObject({ kind: 'answer' });
    expect(proxy.log).toHaveLength(1);
    await call({ poolKey: 'another' });
    expect(proxy.log).toHaveLength(2);
    expect(endpoint.requests.map(({ connection }) => connection)).toEqual([1, 1, 1, 1, 1, 2]);
  });

  test('credentials go to the proxy, and never to the service', async () => {
    const { endpoint, proxy, address, url } = await setup({ credentials: 'ann:p@ss:ü' }, 'ann:p%40ss%3A%C3%BC@');
    const { call } = calling(url, { egressProxy: address });
    const result = await call();
    expect(result).toMatchObject({ kind: 'answer' });
    const basic = Buffer.from('ann:p@ss:ü').toString('base64');
    expect(proxy.log).toMatchObject([{ authorization: `Basic ${basic}` }]);
    expect(JSON.stringify(endpoint.requests)).not.toMatch(/proxy-authorization|p@ss/i);
    expect(JSON.stringify(endpoint.requests)).not.toContain(basic);
    expect(proxy.tunnelled().includes('GET /path')).toBe(false);
  });

  test('the name in the service’s certificate is checked', async () => {
    const { endpoint, proxy, address } = await setup();
    const other = `other.example:${endpoint.port}`;
    const impostor = await startConnectProxy({ hosts: { [other]: endpoint.port } });
    open.push(impostor);
    const { call } = calling(`https://${other}/`, { egressProxy: impostor.address, proxies: [address] });
    expect(await call()).toMatchObject({ failureClass: 'tls', side: 'theirs' });
    expect([endpoint.requests, proxy.log]).toEqual([[], []]);
  });

  test.each(['127.0.0.1', '169.254.169.254', '2130706433', '[::1]', '[::ffff:7f00:1]', '10.0.0.1'])(
    'a literal inside address is not asked for: %s',
    async (host) => {
      const { proxy, address } = await setup();
      const { call } = calling(`https://${host}:8443/`, { egressProxy: address });
      expect(await call()).toMatchObject({ ...blocked, message: 'address not allowed' });
      expect(proxy.log).toEqual([]);
    },
  );

  test('a public literal address is asked for as it is', async () => {
    const { endpoint, proxy, address } = await setup();
    const { call } = calling(`https://[2606:4700::1111]:${endpoint.port}/`, { egressProxy: address });
    await call({}, 300);
    expect(proxy.log).toMatchObject([{ target: `[2606:4700::1111]:${endpoint.port}` }]);
  });

  test('only the proxy is trusted to be inside: without it the same service stays blocked', async () => {
    const { endpoint, proxy, address, url } = await setup();
    const { call } = calling(url, { egressProxy: address });
    expect(await call({ proxy: 'no' })).toMatchObject({ ...blocked, message: 'address not allowed' });
    expect([endpoint.requests, proxy.log]).toEqual([[], []]);
  });
});

describe('which proxy', () => {
  test('a request may name one of the list, and its connections are its own', async () => {
    const { endpoint, proxy, address, url } = await setup();
    const second = await startConnectProxy({ hosts: { [`service.example:${endpoint.port}`]: endpoint.port } });
    open.push(second);
    const { call } = calling(url, { egressProxy: address, proxies: [second.address] });
    await call();
    await call({ proxy: second.address });
    await call({ proxy: address });
    await call({ proxy: 'auto' });
    expect([proxy.log.length, second.log.length]).toEqual([1, 1]);
    expect(endpoint.requests.map(({ connection }) => connection)).toEqual([1, 2, 1, 1]);
  });

  test('any other is refused, and nothing is sent', async () => {
    const { proxy, address, url } = await setup();
    const { call } = calling(url, { proxies: ['http://allowed.example:3128'] });
    expect(await call({ proxy: address })).toMatchObject({ ...blocked, message: 'this proxy is not allowed here' });
    expect(proxy.log).toEqual([]);
  });

  test('auto is none where the deployment has none', async () => {
    const { proxy, url } = await setup();
    const { call, resolved } = calling(url, { allowCidrs: ['127.0.0.0/8'] });
    expect(await call({ proxy: 'auto' })).toMatchObject({ kind: 'answer' });
    expect(resolved).toEqual(['service.example']);
    expect(proxy.log).toEqual([]);
  });

  test.each([
    'localhost:3128',
    'socks5://proxy.example',
    'http://proxy.example/path',
    'http://a:%zz@proxy.example',
    '',
  ])('an address that is none is a fault of the settings: %j', (address) => {
    const make = () =>
      createOutbound({ allowCidrs: ['no network'], egressProxy: 'http://fine:3128', proxies: [address] });
    expect(make).toThrow(/"no network".*not a proxy's address.*: entry 2/s);
  });
});

describe('H2.10 a proxy that fails is a matter of ours', () => {
  const proxyFailure = (message: string) => ({ failureClass: 'proxy', stage: 'call', side: 'ours', message });

  test('407, for want of credentials', async () => {
    const { endpoint, address, url } = await setup({ credentials: 'ann:secret' }, 'ann:wrong@');
    const result = await calling(url, { egressProxy: address }).call();
    expect(result).toMatchObject(proxyFailure('the egress proxy refused the connection (407)'));
    expect(JSON.stringify(result)).not.toContain('wrong');
    expect(endpoint.requests).toEqual([]);
  });

  test('403, for a host it denies', async () => {
    const { address, url, proxy } = await setup({ deny: ['service.example'] });
    const { call } = calling(url, { egressProxy: address });
    expect(await call()).toMatchObject(proxyFailure('the egress proxy refused the connection (403)'));
    expect(await call()).toMatchObject({ failureClass: 'proxy' });
    expect(proxy.log).toHaveLength(2);
  });

  test('502, when it cannot reach the service, is theirs', async () => {
    const { address, url, endpoint } = await setup();
    await endpoint.close();
    open.splice(0, 1);
    const result = await calling(url, { egressProxy: address }).call();
    expect(result).toMatchObject({
      ...proxyFailure('the egress proxy cannot reach the service (502)'),
      side: 'theirs',
    });
  });

  test('hanging, within 3 s whatever the deadline, and its socket is gone', async () => {
    const { address, url, proxy } = await setup({ hang: true });
    const lag = watchLoopLag();
    const started = performance.now();
    const result = await calling(url, { egressProxy: address }).call({}, 10_000);
    expect(result).toMatchObject(proxyFailure('the egress proxy did not answer in time'));
    expect(performance.now() - started - lag.worstMs()).toBeLessThan(3_250);
    expect(proxy.log).toHaveLength(1);
  });

  test('hanging beyond the deadline, which ends it', async () => {
    const { address, url } = await setup({ hang: true });
    const lag = watchLoopLag();
    const started = performance.now();
    const result = await calling(url, { egressProxy: address }).call({}, 300);
    expect(result).toMatchObject(proxyFailure('the egress proxy did not answer in time'));
    expect(performance.now() - started - lag.worstMs()).toBeLessThan(550);
  });

  test('down', async () => {
    const { address, url, proxy, endpoint } = await setup();
    await proxy.close();
    open.splice(1, 1);
    const result = await calling(url, { egressProxy: address, allowCidrs: ['127.0.0.0/8'] }).call();
    expect(result).toMatchObject(proxyFailure('the egress proxy cannot be reached (ECONNREFUSED)'));
    expect(endpoint.requests).toEqual([]);
  });

  test.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'x-a: bbbbbbbbbbbbbbbbbbbbb\r\n'.repeat(2_000)}`],
    ['more than its answer', 'HTTP/1.1 200 OK\r\n\r\nhello'],
  ])('answering with %s', async (_, text) => {
    const proxy = await startRawEndpoint({ script: (socket) => void socket.write(text) });
    open.push(proxy);
    const { call } = calling('https://service.example/', { egressProxy: `http://127.0.0.1:${proxy.port}` });
    expect(await call()).toMatchObject({ failureClass: 'proxy', side: 'ours' });
    await proxy.allClosed(250);
  });

  test('over TLS, with a certificate that nobody trusts', async () => {
    const stranger = await createCertificateAuthority();
    const { address, url, proxy } = await setup({ certificate: await stranger.issue(['localhost']) });
    expect(await calling(url, { egressProxy: address }).call()).toMatchObject({ failureClass: 'proxy', side: 'ours' });
    expect(proxy.log).toEqual([]);
  });

  test('and leaves no connection behind when a call through it is cut', async () => {
    const { address, proxy } = await setup();
    const silent = await startRawEndpoint({});
    open.push(silent);
    const { call } = calling(`https://localhost:${silent.port}/`, { egressProxy: address });
    expect(await call({}, 300)).toMatchObject({ failureClass: 'timeout', side: 'theirs' });
    await silent.allClosed(250);
    await eventually('the proxy has no connection', () => proxy.openConnections() === 0, 1_000);
  });
});
