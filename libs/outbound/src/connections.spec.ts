import {
  createCertificateAuthority,
  startHttpsEndpoint,
  startRawEndpoint,
  type CertificateAuthority,
  type RawEndpoint,
  type Script,
} from '@patchbay/testing';
import type { TLSSocket } from 'node:tls';
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

function calling(url: string, options: Partial<OutboundOptions> = {}) {
  const outbound = createOutbound({ caPem: ca.caPem, allowCidrs: ['127.0.0.0/8'], allowUnverified: true, ...options });
  open.push(outbound);
  return (more: Partial<OutboundRequest> = {}, limitMs = deadlineMs) =>
    outbound.call({ method: 'GET', url, headers: {}, poolKey: 'k', ...more }, { deadlineMs: limitMs });
}

interface Visitor {
  connection: number;
  /** Common name in the certificate that was shown. */
  certificate?: string | string[];
  resumed: boolean;
  protocol: string | null;
}

/** An endpoint that asks for a certificate and writes down who came with which, and on which connection. */
async function visited(): Promise<{ endpoint: RawEndpoint; visitors: Visitor[] }> {
  const visitors: Visitor[] = [];
  const script: Script = (socket, _, connection) => {
    const secure = socket as TLSSocket;
    const certificate = secure.getPeerCertificate().subject?.CN;
    visitors.push({ connection, certificate, resumed: secure.isSessionReused(), protocol: secure.getProtocol() });
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  };
  const endpoint = await startRawEndpoint({ ca, script, requestCert: true });
  open.push(endpoint);
  return { endpoint, visitors };
}

async function clientPem(name: string): Promise<string> {
  const { cert, key } = await ca.issueClient(name);
  return `${cert}\n${key}`;
}

describe('H2.15 connections', () => {
  test('are never shared over another key, certificate or verification, nor are TLS sessions', async () => {
    const { endpoint, visitors } = await visited();
    const call = calling(endpoint.origin);
    const [ann, bob] = [await clientPem('ann'), await clientPem('bob')];
    const certificate = (pem: string) => ({ authorisation: { by: 'certificate', pem } as const });
    const kinds: Partial<OutboundRequest>[] = [
      {},
      { poolKey: 'other' },
      { verify: false },
      certificate(ann),
      certificate(bob),
      { ...certificate(ann), verify: false },
      { poolKey: 'k unverified' },
    ];
    for (const kind of [...kinds, ...kinds, ...kinds.reverse()])
      expect(await call(kind)).toMatchObject({ kind: 'answer' });
    const connections = visitors.map(({ connection }) => connection);
    expect(connections).toEqual([1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1]);
    expect(visitors.slice(0, 7).map((visitor) => visitor.certificate)).toEqual([
      undefined,
      undefined,
      undefined,
      'ann',
      'bob',
      'ann',
      undefined,
    ]);
    expect(visitors.some(({ resumed }) => resumed)).toBe(false);
  });

  test.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'are not opened with a client certificate that is none: %j',
    async (pem) => {
      const { endpoint } = await visited();
      const call = calling(endpoint.origin);
      for (let count = 0; count < 2; count++) {
        expect(await call({ authorisation: { by: 'certificate', pem } })).toMatchObject({
          kind: 'failure',
          failureClass: 'auth',
          stage: 'before',
          side: 'ours',
          message: 'the client certificate cannot be used',
        });
      }
      expect(endpoint.connections).toEqual([]);
      expect(await call()).toMatchObject({ kind: 'answer' });
    },
  );

  test('are not opened with the certificate of one and the key of another', async () => {
    const { endpoint } = await visited();
    const [ann, bob] = await Promise.all([ca.issueClient('ann'), ca.issueClient('bob')]);
    const result = await calling(endpoint.origin)({
      authorisation: { by: 'certificate', pem: `${ann.cert}\n${bob.key}` },
    });
    expect(result).toMatchObject({ failureClass: 'auth', stage: 'before', side: 'ours' });
    expect(JSON.stringify(result)).not.toContain('KEY');
  });

  test('are opened with TLS 1.2 at least', async () => {
    const { endpoint, visitors } = await visited();
    await calling(endpoint.origin)();
    expect(visitors).toMatchObject([{ protocol: 'TLSv1.3' }]);
    const old = await startRawEndpoint({ ca, maxVersion: 'TLSv1.1' });
    open.push(old);
    expect(await calling(old.origin)()).toMatchObject({ failureClass: 'tls', side: 'theirs' });
  });

  test('that a service closed are opened again, unseen by the caller', async () => {
    const endpoint = await startHttpsEndpoint({ ca, respond: () => ({ headers: { connection: 'close' } }) });
    open.push(endpoint);
    const call = calling(endpoint.origin);
    for (let count = 0; count < 5; count++) expect(await call()).toMatchObject({ kind: 'answer' });
    expect(endpoint.requests.map(({ connection }) => connection)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('times', () => {
  test('of the connection are told by the call that opened it, and by no other', async () => {
    const { endpoint } = await visited();
    const call = calling(endpoint.origin);
    const first = await call();
    const { dnsMs = -1, connectMs = -1, tlsMs = -1, sentMs = -1, firstByteMs = -1 } = first.timing;
    expect(Math.min(dnsMs, connectMs, tlsMs)).toBeGreaterThanOrEqual(0);
    expect(dnsMs + connectMs + tlsMs).toBeLessThanOrEqual(sentMs);
    expect(sentMs).toBeLessThanOrEqual(firstByteMs);
    expect(firstByteMs).toBeLessThanOrEqual(first.durationMs);
    const second = await call();
    expect(Object.keys(second.timing).sort()).toEqual(['firstByteMs', 'sentMs']);
  });

  test('are told by a clock that is given', async () => {
    const { endpoint } = await visited();
    let time = 0;
    const { timing, durationMs } = await calling(endpoint.origin, { now: () => (time += 1) })();
    expect(Object.values(timing).every((value) => Number.isInteger(value))).toBe(true);
    expect(durationMs).toBeGreaterThan(timing.firstByteMs!);
  });

  test('are told as far as a failed call came', async () => {
    const keys = async (call: Promise<{ timing: object }>) => Object.keys((await call).timing).sort();
    const silent = await startRawEndpoint({});
    const hanging = await startRawEndpoint({ ca });
    open.push(silent, hanging);
    const nowhere = () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
    expect(await keys(calling(silent.origin, { resolve: nowhere })())).toEqual(['dnsMs']);
    expect(await keys(calling(silent.origin)({}, 200))).toEqual(['connectMs', 'dnsMs']);
    expect(await keys(calling(hanging.origin)({}, 300))).toEqual(['connectMs', 'dnsMs', 'sentMs', 'tlsMs']);
    expect(await keys(calling(hanging.origin.replace('localhost', '127.0.0.1'))({}, 300))).toEqual([
      'connectMs',
      'sentMs',
      'tlsMs',
    ]);
  });
});
