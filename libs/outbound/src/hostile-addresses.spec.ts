import { createCertificateAuthority, hostileAddresses, startHttpsEndpoint } from '@patchbay/testing';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createOutbound, type OutboundOptions } from './outbound';

const deadlineMs = 5_000;
const loopback: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const publicAddress: LookupAddress = { address: '93.184.216.34', family: 4 };

/** Listens on every address of this machine; whoever connects has leaked. */
let canary: Server;
let port: number;
let packets = 0;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  canary = createServer((socket) => {
    packets += 1;
    socket.destroy();
  }).listen(0, '::');
  await once(canary, 'listening');
  port = (canary.address() as AddressInfo).port;
});
beforeEach(() => (packets = 0));
afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource.close()));
});
afterAll(() => canary.close());

/** A way out whose every name leads to the canary, unless the resolver says otherwise. */
function setup(options: Partial<OutboundOptions> = {}) {
  const out = createOutbound({ allowCidrs: [], resolve: async () => loopback, ...options });
  open.push(out);
  return (url: string, limitMs = deadlineMs) =>
    out.call({ method: 'GET', url, headers: {}, poolKey: 'k' }, { deadlineMs: limitMs });
}

test('the canary sings when it is let in', async () => {
  const result = await setup({ allowCidrs: ['127.0.0.0/8', '::1/128'] })(`https://localhost:${port}/`);
  expect(result).toMatchObject({ failureClass: 'reset' });
  expect(packets).toBeGreaterThan(0);
});

const rows = hostileAddresses.map(({ host, url = `https://${host}:{port}/`, why, gives = 'blocked' }) => {
  return { shown: JSON.stringify(url), url, why, gives };
});

test.each(rows.filter(({ gives }) => gives === 'blocked'))(
  'H2.1-H2.4 $shown is blocked without a packet ($why)',
  async ({ url }) => {
    const result = await setup()(url.replace('{port}', String(port)));
    expect(result).toMatchObject({ kind: 'failure', failureClass: 'blocked', stage: 'before', side: 'ours' });
    expect(packets).toBe(0);
  },
);

test.each(rows.filter(({ gives }) => gives === 'invalid'))('H2.3 $shown is no URL ($why)', async ({ url }) => {
  const result = await setup()(url.replace('{port}', String(port)));
  expect(result).toMatchObject({ failureClass: 'protocol', stage: 'before', message: 'the URL is not valid' });
  expect(packets).toBe(0);
});

describe('H2.3 a resolver', () => {
  const blocked = { failureClass: 'blocked', stage: 'before', message: 'address not allowed' };

  test.each<[string, LookupAddress[]]>([
    ['with a public and an inside address', [publicAddress, loopback[0]!]],
    ['with an inside and a public address', [loopback[1]!, publicAddress]],
    ['that follows a CNAME to the inside', [{ address: '10.1.2.3', family: 4 }]],
    ['with a mapped address', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['with something that is no address', [{ address: 'localhost', family: 4 }]],
    ['with no address', []],
  ])('%s is blocked', async (_, addresses) => {
    expect(await setup({ resolve: async () => addresses })(`https://a.example:${port}/`)).toMatchObject(blocked);
    expect(packets).toBe(0);
  });

  test('is asked once for a connection, and exactly the answers that were checked are connected to', async () => {
    const ca = await createCertificateAuthority();
    const endpoint = await startHttpsEndpoint({ ca, names: ['rebinding.example'], respond: () => ({ status: 200 }) });
    open.push(endpoint);
    let asked = 0;
    // Allowed first; whoever asks again is led to where nobody answers.
    const resolve = async () => [{ address: (asked += 1) === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }];
    const call = setup({ resolve, caPem: ca.caPem, allowCidrs: ['127.0.0.1/32'] });
    const url = `https://rebinding.example:${endpoint.port}/`;
    expect(await call(url)).toMatchObject({ kind: 'answer' });
    expect(asked).toBe(1);
    expect(endpoint.requests).toHaveLength(1);
  });

  test('that rebinds from the public to the inside is blocked at the next connection', async () => {
    let asked = 0;
    const resolve = async () => ((asked += 1) === 1 ? [publicAddress] : loopback);
    const call = setup({ resolve });
    expect(await call(`https://rebinding.example:${port}/`, 50)).not.toMatchObject(blocked);
    for (let count = 0; count < 3; count++)
      expect(await call(`https://rebinding.example:${port}/`)).toMatchObject(blocked);
    expect(packets).toBe(0);
  });

  test('H2.8 is not given away: every refusal reads the same', async () => {
    const texts = new Set<string>();
    for (const addresses of [loopback, [{ address: '10.0.0.7', family: 4 }], [publicAddress, loopback[0]!], []]) {
      const result = await setup({ resolve: async () => addresses })(`https://a.example:${port}/`);
      texts.add(JSON.stringify({ ...result, durationMs: 0, timing: {} }));
    }
    expect([...texts]).toEqual([expect.not.stringMatching(/127\.|10\.0|::1|93\./)]);
  });
});

describe('a host that was allowed by name', () => {
  const allowHosts = ['Inside.Example.'];

  test.each(['inside.example', 'INSIDE.example', 'inside.example.'])('may lead anywhere: %s', async (host) => {
    expect(await setup({ allowHosts })(`https://${host}:${port}/`)).toMatchObject({ failureClass: 'reset' });
    expect(packets).toBeGreaterThan(0);
  });

  test.each(['not-inside.example', 'inside.example.evil.example', 'x.inside.example', 'inside.exampl', 'localhost'])(
    'says nothing about %s',
    async (host) => {
      expect(await setup({ allowHosts })(`https://${host}:${port}/`)).toMatchObject({ failureClass: 'blocked' });
      expect(packets).toBe(0);
    },
  );
});

describe('H2.4 a port', () => {
  test.each([443, 1024, 8443, 65535])('%i may be called', async (allowed) => {
    const result = await setup()(`https://10.0.0.1:${allowed}/`);
    expect(result).toMatchObject({ message: 'address not allowed' });
  });

  test.each([1, 22, 80, 444, 1023, 2375, 5432, 5672, 6379, 27017])('%i may not', async (denied) => {
    const result = await setup()(`https://10.0.0.1:${denied}/`);
    expect(result).toMatchObject({ failureClass: 'blocked', message: expect.stringContaining('port not allowed') });
  });

  test('is denied by the list of the deployment instead of the usual one', async () => {
    const call = setup({ denyPorts: [8443] });
    expect(await call('https://10.0.0.1:8443/')).toMatchObject({ message: expect.stringContaining('port') });
    expect(await call('https://10.0.0.1:5432/')).toMatchObject({ message: 'address not allowed' });
    expect(await call('https://10.0.0.1:22/')).toMatchObject({ message: expect.stringContaining('port') });
  });
});
