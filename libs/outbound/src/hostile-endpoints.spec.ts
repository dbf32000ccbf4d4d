import {
  createCertificateAuthority,
  startRawEndpoint,
  type CertificateAuthority,
  type RawEndpoint,
  type RawEndpointOptions,
  type Script,
  watchLoopLag,
} from '@patchbay/testing';
import { generate } from 'selfsigned';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { createOutbound, type OutboundOptions, type OutboundRequest } from './outbound';

const deadlineMs = 400;
/** What a call may take beyond its deadline, H2.11. */
const graceMs = 250;
const roomyMs = 5_000;
const megabyte = 1024 * 1024;

let ca: CertificateAuthority;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  ca = await createCertificateAuthority();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource.close()));
});

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** An endpoint that misbehaves on its first connection and answers well on every later one. */
async function setup(misbehave: Script, options: Partial<RawEndpointOptions> = {}, out: Partial<OutboundOptions> = {}) {
  const script: Script = (socket, bytes, number) =>
    number === 1 ? misbehave(socket, bytes, number) : void socket.write(ok);
  const endpoint = await startRawEndpoint({ ca, script, ...options });
  open.push(endpoint);
  return { endpoint, ...calling(endpoint, out) };
}

function calling(endpoint: RawEndpoint, out: Partial<OutboundOptions> = {}) {
  const outbound = createOutbound({ caPem: ca.caPem, allowCidrs: ['127.0.0.0/8'], ...out });
  open.push(outbound);
  const call = (limitMs: number, more: Partial<OutboundRequest> = {}) =>
    outbound.call(
      { method: 'GET', url: `${endpoint.origin}/`, headers: {}, poolKey: 'k', ...more },
      { deadlineMs: limitMs },
    );
  return { outbound, call };
}

const sends =
  (...parts: (string | Buffer)[]): Script =>
  (socket) => {
    for (const bytes of parts) socket.write(bytes);
  };
const sendsAndCloses =
  (...parts: (string | Buffer)[]): Script =>
  (socket) =>
    void socket.end(Buffer.concat(parts.map((bytes) => Buffer.from(bytes))));
const answer = (head: string, body: string | Buffer = '') =>
  Buffer.concat([Buffer.from(`${head}\r\n\r\n`), Buffer.from(body)]);

/** Writes for ever, as fast as the client takes it. */
function pours(head: string, chunk: Buffer | string): Script {
  return (socket) => {
    socket.write(head);
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pour);
    pour();
  };
}

function drips(head: string, piece: string, everyMs = 20): Script {
  return (socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(piece), everyMs);
    socket.once('close', () => clearInterval(timer));
  };
}

/** Bytes of memory that came on top while `work` ran, at most, as the process holds them. */
async function growthDuring(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
  await work();
  clearInterval(timer);
  return Math.max(most, process.memoryUsage.rss()) - before;
}

describe('F10 H2.10 H2.11 an endpoint that never comes to an end', () => {
  const hangs: Script = () => undefined;
  test.each<[string, Script]>([
    ['hangs before its headers', hangs],
    ['hangs inside the status line', sends('HTTP/1.1 2')],
    ['drips its headers', drips('HTTP/1.1 200 OK\r\n', 'x-a: b\r\n')],
    ['drips its body', drips('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n', '.')],
    ['drips a body in chunks', drips('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n')],
    ['drips a body until the end of the connection', drips('HTTP/1.1 200 OK\r\n\r\n', '.')],
    [
      'never ends its chunk extension',
      pours('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;', 'x'.repeat(1000)),
    ],
    ['never ends its reason phrase', pours('HTTP/1.1 200 ', 'x'.repeat(1000))],
    ['sends 103 without end', pours('', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(10))],
    ['stops in the middle of its body', sends('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')],
  ])('is left at the deadline, its socket is gone and the next call goes through: %s', async (_, script) => {
    const { endpoint, call } = await setup(script);
    const lag = watchLoopLag();
    const started = performance.now();
    const result = await call(deadlineMs);
    expect(performance.now() - started - lag.worstMs()).toBeLessThan(deadlineMs + graceMs);
    expect(result).toMatchObject({
      kind: 'failure',
      failureClass: 'timeout',
      stage: 'call',
      side: 'theirs',
      message: `no complete answer within ${deadlineMs} ms`,
    });
    await endpoint.allClosed(graceMs);
    expect(await call(roomyMs)).toMatchObject({ kind: 'answer', status: 200 });
  });

  test('is left at the deadline, and its socket is gone: accepts and says nothing, not even TLS', async () => {
    const { endpoint, call } = await setup(hangs, { ca: undefined });
    const lag = watchLoopLag();
    const started = performance.now();
    expect(await call(deadlineMs)).toMatchObject({ failureClass: 'timeout', stage: 'call', side: 'theirs' });
    expect(performance.now() - started - lag.worstMs()).toBeLessThan(deadlineMs + graceMs);
    await endpoint.allClosed(graceMs);
  });

  test('frees all 32 places at once', async () => {
    const { endpoint, call } = await setup(hangs, {
      script: (socket, _, number) => (number > 32 ? void socket.write(ok) : undefined),
    });
    const stuck = Array.from({ length: 32 }, () => call(deadlineMs));
    await endpoint.waitForConnections(32);
    await Promise.all(stuck);
    const lag = watchLoopLag();
    const started = performance.now();
    expect(await call(roomyMs)).toMatchObject({ kind: 'answer', status: 200 });
    expect(performance.now() - started - lag.worstMs()).toBeLessThan(1_000);
    expect(endpoint.connections.length).toBe(33);
  });

  test('H2.11 is given 3 s for connection and TLS, whatever the deadline', async () => {
    const { endpoint, call } = await setup(hangs, { ca: undefined });
    const lag = watchLoopLag();
    const started = performance.now();
    const result = await call(10_000);
    expect(result).toMatchObject({
      failureClass: 'timeout',
      message: expect.stringContaining('no connection in time'),
    });
    expect(performance.now() - started - lag.worstMs()).toBeLessThan(3_000 + graceMs);
    expect(performance.now() - started).toBeGreaterThan(2_900);
    await endpoint.allClosed(graceMs);
  });

  test('H2.15 cuts no connection for a call that gave up while it waited for one', async () => {
    const { endpoint, call } = await setup(hangs, {
      script: (socket) => void setTimeout(() => socket.write(ok), 200),
    });
    const slow = Array.from({ length: 32 }, () => call(roomyMs));
    await endpoint.waitForConnections(32);
    const late = await Promise.all(Array.from({ length: 10 }, () => call(20)));
    expect(late.map((result) => result.kind === 'failure' && result.failureClass)).toEqual(Array(10).fill('timeout'));
    await Promise.all(slow);
    expect(await call(roomyMs)).toMatchObject({ kind: 'answer' });
    expect(endpoint.connections.length).toBe(32);
  });
});

describe('F10 an endpoint that breaks off', () => {
  const cut = (socket: Socket) => socket.destroy();
  const reset: Script = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', () => socket.destroy());
  };
  test.each<[string, Script]>([
    ['before its answer', cut],
    ['in the middle of its headers', sendsAndCloses('HTTP/1.1 200 OK\r\nx-a: b')],
    ['in the middle of its body', reset],
    [
      'with a body shorter than announced, kept alive',
      sendsAndCloses(answer('HTTP/1.1 200 OK\r\ncontent-length: 10', 'half')),
    ],
    [
      'with a body shorter than announced, to be closed',
      sendsAndCloses(answer('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10', 'half')),
    ],
    ['by closing its half without a word', (socket) => void socket.end()],
  ])('is a reset of theirs: %s', async (_, script) => {
    const { call } = await setup(script);
    expect(await call(roomyMs)).toMatchObject({ failureClass: 'reset', stage: 'call', side: 'theirs' });
    expect(await call(roomyMs)).toMatchObject({ kind: 'answer', status: 200 });
  });

  test('is a reset of theirs: before TLS', async () => {
    const { call } = await setup(() => undefined, { onConnection: (socket) => void socket.resetAndDestroy() });
    expect(await call(roomyMs)).toMatchObject({ failureClass: 'reset', stage: 'call', side: 'theirs' });
  });

  test('in the middle of a chunked body is no answer', async () => {
    const body = 'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe';
    const { call } = await setup(sendsAndCloses(body));
    expect(await call(roomyMs)).toMatchObject({ kind: 'failure', stage: 'call', side: 'theirs' });
  });

  test('is refused of theirs when nobody listens', async () => {
    const { endpoint, call } = await setup(() => undefined);
    await endpoint.close();
    open.shift();
    expect(await call(roomyMs)).toMatchObject({ failureClass: 'refused', stage: 'call', side: 'theirs' });
  });
});

describe('F10 an endpoint with bad TLS', () => {
  const answering: Script = (socket) => void socket.write(ok);

  test('is tls of theirs when it speaks plain HTTP', async () => {
    const { endpoint, call } = await setup((socket) => void socket.end('HTTP/1.1 400 Bad\r\n\r\n'), { ca: undefined });
    expect(await call(roomyMs)).toMatchObject({ failureClass: 'tls', stage: 'call', side: 'theirs' });
    await endpoint.allClosed(graceMs);
  });

  async function selfSigned(notAfterDate: Date) {
    const names = { name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: 'localhost' }] };
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() - 86_400_000),
      notAfterDate,
      extensions: [{ name: 'basicConstraints', cA: true }, names],
    });
    return { key, cert };
  }

  test.each<[string, string, () => Promise<{ certificate: { key: string; cert: string }; trusted?: boolean }>]>([
    [
      'has expired',
      'CERT_HAS_EXPIRED',
      async () => ({ certificate: await selfSigned(new Date(Date.now() - 3_600_000)), trusted: true }),
    ],
    [
      'signed itself',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      async () => ({ certificate: await selfSigned(new Date(Date.now() + 3_600_000)) }),
    ],
    [
      'is for another host',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      async () => ({ certificate: await ca.issue(['other.example']) }),
    ],
    [
      'is of an authority nobody knows',
      'CERT_SIGNATURE_FAILURE',
      async () => ({ certificate: await (await createCertificateAuthority()).issue(['localhost']) }),
    ],
  ])('is tls of theirs, with nothing sent, when its certificate %s', async (_, code, make) => {
    const { certificate, trusted } = await make();
    let heard = 0;
    const { call, endpoint } = await setup(
      () => (heard += 1),
      { certificate, script: () => (heard += 1) },
      trusted ? { caPem: certificate.cert } : {},
    );
    const result = await call(roomyMs);
    expect(result).toMatchObject({
      failureClass: 'tls',
      stage: 'call',
      side: 'theirs',
      message: expect.stringContaining(code),
    });
    await endpoint.allClosed(graceMs);
    expect(heard).toBe(0);
  });

  test('is called all the same where the operator allows it and the request asks for it', async () => {
    const certificate = await ca.issue(['other.example']);
    const { call } = await setup(answering, { certificate }, { allowUnverified: true });
    expect(await call(roomyMs, { verify: false })).toMatchObject({ kind: 'answer' });
    expect(await call(roomyMs)).toMatchObject({ failureClass: 'tls' });
  });
});

describe('F10 an unusual answer', () => {
  test.each<[string, number, string, Script]>([
    ['204', 204, '', sends('HTTP/1.1 204 No Content\r\n\r\n')],
    ['204 that announces a length', 204, '', sends('HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n')],
    ['304', 304, '', sends('HTTP/1.1 304 Not Modified\r\netag: "a"\r\n\r\n')],
    ['418', 418, 'tea', sends(answer("HTTP/1.1 418 I'm a teapot\r\ncontent-length: 3", 'tea'))],
    ['429', 429, '', sends('HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n')],
    ['500', 500, '', sends('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n')],
    [
      '503',
      503,
      '',
      sends('HTTP/1.1 503 No\r\nretry-after: Wed, 21 Oct 2099 07:28:00 GMT\r\ncontent-length: 0\r\n\r\n'),
    ],
    ['599', 599, '', sends('HTTP/1.1 599\r\ncontent-length: 0\r\n\r\n')],
    ['103, then 200', 200, 'ok', sends('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', ok)],
    ['102 three times, then 200', 200, 'ok', sends('HTTP/1.1 102 Processing\r\n\r\n'.repeat(3), ok)],
    ['JSON that breaks off', 200, '{"a":', sends(answer('HTTP/1.1 200 OK\r\ncontent-length: 5', '{"a":'))],
    ['no length, ended by the connection', 200, 'abc', sendsAndCloses('HTTP/1.1 200 OK\r\n\r\nabc')],
    ['HTTP/1.0', 200, 'abc', sendsAndCloses('HTTP/1.0 200 OK\r\n\r\nabc')],
    [
      'chunks with extensions and a trailer',
      200,
      'abc',
      sends('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nx-t: 1\r\n\r\n'),
    ],
  ])('is an answer: %s', async (_, status, body, script) => {
    const { call } = await setup(script);
    const result = await call(roomyMs);
    expect(result).toMatchObject({ kind: 'answer', status });
    expect(result.kind === 'answer' && result.body.toString()).toBe(body);
    expect(await call(roomyMs)).toMatchObject({ kind: 'answer' });
  });

  test('is an answer although the request was not read to its end', async () => {
    const refusing: Script = (socket) =>
      void socket.end('HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    const { call, endpoint } = await setup((socket, bytes, number) => {
      socket.pause();
      refusing(socket, bytes, number);
    });
    const result = await call(roomyMs, { method: 'POST', body: 'x'.repeat(256 * 1024) });
    // Whether the answer or the end of the connection is seen first is the network's choice.
    expect([413, 'reset']).toContain(result.kind === 'answer' ? result.status : result.failureClass);
    expect(await call(roomyMs)).toMatchObject({ kind: 'answer', status: 200 });
    expect(endpoint.connections.length).toBe(2);
  });
});

describe('F10 an answer that is none', () => {
  test.each<[string, Script]>([
    ['garbage', sends(Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7 + 1) % 256)))],
    ['SSH', sends('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a status of letters', sends('HTTP/1.1 abc OK\r\n\r\n')],
    ['100 without being asked', sends('HTTP/1.1 100 Continue\r\n\r\n', ok)],
    [
      '101, an upgrade nobody asked for',
      sends('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    ],
    ['two lengths that differ', sends('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 4\r\n\r\nokok')],
    ['a length that is no number', sends('HTTP/1.1 200 OK\r\ncontent-length: 2x\r\n\r\nok')],
    ['a negative length', sends('HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nok')],
    ['a length beyond 64 bits', sends('HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nok')],
    [
      'a length and chunks',
      sends('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    ],
    ['a chunk size that is no number', sends('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n')],
    [
      'a chunk longer than announced',
      sends('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nokok\r\n0\r\n\r\n'),
    ],
    [
      'a chunk size beyond 64 bits',
      sends('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nok'),
    ],
    ['a blank in a header name', sends('HTTP/1.1 200 OK\r\ncontent length: 2\r\n\r\nok')],
    ['a NUL in a header', sends('HTTP/1.1 200 OK\r\nx-a: a\0b\r\ncontent-length: 2\r\n\r\nok')],
    ['one header beyond 16 KiB', sends(`HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(17_000)}\r\ncontent-length: 0\r\n\r\n`)],
    ['headers without end', pours('HTTP/1.1 200 OK\r\n', 'x-a: bbbbbbbbbbbbbbbb\r\n')],
    ['a header without end', pours('HTTP/1.1 200 OK\r\nx-a: ', 'b'.repeat(1000))],
    [
      'trailers without end',
      pours('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n', 'x-a: bbbbbbbbbbbbb\r\n'),
    ],
    ['HTTP/2', sends(Buffer.from('00001204000000000000030000006400040010000000060000ffff', 'hex'))],
  ])('is protocol of theirs, and the socket is gone: %s', async (_, script) => {
    const { endpoint, call } = await setup(script);
    expect(await call(roomyMs)).toMatchObject({ failureClass: 'protocol', stage: 'call', side: 'theirs' });
    await endpoint.allClosed(graceMs);
    expect(await call(roomyMs)).toMatchObject({ kind: 'answer', status: 200 });
  });

  test('to a later call is not taken from what came with an earlier one', async () => {
    const poison = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison';
    const { call } = await setup(sends(`${ok}${poison}`));
    const calls = [call(roomyMs), call(roomyMs), call(roomyMs)];
    const bodies = (await Promise.all(calls)).map((result) => result.kind === 'answer' && result.body.toString());
    const later = await call(roomyMs);
    bodies.push(later.kind === 'answer' && later.body.toString());
    expect(bodies).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test('names the status when it came that far', async () => {
    const { call } = await setup(pours('HTTP/1.1 200 OK\r\n\r\n', Buffer.alloc(65_536)));
    expect(await call(roomyMs)).toMatchObject({ failureClass: 'too-large', status: 200 });
  });
});

describe('F10 H2.12 an answer beyond all bounds', () => {
  const zeros = Buffer.alloc(65_536);
  const bomb = Buffer.alloc(200 * megabyte);
  const packed = (encoding: string, body: Buffer) =>
    answer(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}`, body);

  test.each<[string, Script]>([
    ['2 GB with a length', pours(`HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 31}\r\n\r\n`, zeros)],
    [
      '2 GB in chunks',
      pours(
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
        Buffer.concat([Buffer.from('10000\r\n'), zeros, Buffer.from('\r\n')]),
      ),
    ],
    ['chunks of one byte', pours('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'.repeat(2000))],
    ['without length or end', pours('HTTP/1.1 200 OK\r\n\r\n', zeros)],
    ['a gzip bomb', sendsAndCloses(packed('gzip', gzipSync(bomb)))],
    ['a deflate bomb', sendsAndCloses(packed('deflate', deflateSync(bomb)))],
    ['a brotli bomb', sendsAndCloses(packed('br', brotliCompressSync(bomb, { params: { 1: 1 } })))],
  ])('is too-large of theirs, at the price of few bytes: %s', async (_, script) => {
    const { call } = await setup(script);
    let result;
    const growth = await growthDuring(async () => (result = await call(roomyMs)));
    expect(result).toMatchObject({ failureClass: 'too-large', stage: 'call', side: 'theirs' });
    expect(growth).toBeLessThan(50 * megabyte);
    expect(await call(roomyMs)).toMatchObject({ kind: 'answer', status: 200 });
  });

  test.each([
    ['twice the same', 'gzip, gzip'],
    ['two different', 'gzip, br'],
    ['in two headers', 'gzip\r\ncontent-encoding: gzip'],
    ['an unknown', 'zstd'],
  ])('is protocol of theirs with an encoding that we do not undo: %s', async (_, encoding) => {
    const { call } = await setup(sends(packed(encoding, gzipSync(gzipSync(bomb.subarray(0, 1000))))));
    expect(await call(roomyMs)).toMatchObject({ failureClass: 'protocol', side: 'theirs' });
  });
});
