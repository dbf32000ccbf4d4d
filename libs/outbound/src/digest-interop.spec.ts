import type { Authorisation } from '@patchbay/edi';
import {
  createCertificateAuthority,
  eventually,
  findApache,
  startApache,
  startDigestServer,
  type Apache,
  type ApacheOptions,
  type CertificateAuthority,
  type DigestServerOptions,
} from '@patchbay/testing';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chooseDigest, parseChallenges } from './authorise/digest-challenge';
import { writeAuthorization } from './authorise/digest-response';
import type { CallResult } from './call-result';
import { createOutbound, type Outbound, type OutboundRequest } from './outbound';

let ca: CertificateAuthority;
let outbound: Outbound;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  // One for all servers here: making it takes longer than what it is needed for.
  const certificate = await authority.issue(['localhost', '127.0.0.1', '::1']);
  ca = { ...authority, issue: () => Promise.resolve(certificate) };
  outbound = createOutbound({ caPem: ca.caPem, allowCidrs: ['127.0.0.0/8', '::1/128'] });
});
afterAll(() => outbound.close());
afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource.close()));
});

const deadlineMs = 10_000;

/** A caller with one credential. */
function caller(origin: string, authorisation: Authorisation) {
  return (path: string, more: Partial<OutboundRequest> = {}): Promise<CallResult> => {
    const request = { method: 'GET', url: `${origin}${path}`, headers: {}, poolKey: 'one', authorisation, ...more };
    return outbound.call(request, { deadlineMs });
  };
}

const digest = (username: string, password: string): Authorisation => ({ by: 'digest', username, password });
const textOf = (result: CallResult) => (result.kind === 'answer' ? result.body.toString() : result.message);
const ok = { kind: 'answer', status: 200 };

const apacheThere = findApache() !== undefined;
if (!apacheThere) process.stderr.write('skipped: Digest and Basic with Apache httpd need the package apache2-bin\n');
const describeWithApache = apacheThere ? describe : describe.skip;

describeWithApache('Apache httpd', () => {
  const user = { username: 'agent "7"', password: 'Circle, of: Life' };

  async function setup(more: Partial<ApacheOptions> = {}, password = user.password) {
    const apache = await startApache({ ca, ...user, ...more });
    open.push(apache);
    return { apache, call: caller(apache.origin, digest(user.username, password)) };
  }

  /** What the server has answered, once there is so much. */
  const requests = (apache: Apache, count: number) =>
    eventually(`${count} requests in Apache's log`, async () => {
      const all = await apache.requests();
      return all.length >= count && all;
    });
  const countsOf = (all: { authorization: string }[]) =>
    all.map(({ authorization }) => /nc=(\w{8})/.exec(authorization)?.[1]);

  test('H2.43: lets the right password in with two exchanges first, and one for each later call', async () => {
    const { apache, call } = await setup();
    for (let count = 0; count < 3; count++) expect(textOf(await call('/digest/page'))).toBe('digest page');
    const all = await requests(apache, 4);
    expect(all.map(({ status }) => status)).toEqual([401, 200, 200, 200]);
    expect(countsOf(all)).toEqual([undefined, '00000001', '00000002', '00000003']);
  });

  test('H2.43: turns a wrong password away: a failure of the class auth, after two exchanges', async () => {
    const { apache, call } = await setup({}, 'wrong');
    expect(await call('/digest/page')).toMatchObject({
      kind: 'failure',
      failureClass: 'auth',
      side: 'theirs',
      status: 401,
    });
    expect(await requests(apache, 2)).toHaveLength(2);
  });

  test('H2.43: agrees on the uri of a query with percent-encoding and odd characters', async () => {
    const { call } = await setup();
    for (const query of ['?a=%20b%2Fc&d=%C3%A4', '?a=b&&c=\\"d\'', '?', '?x={y}|z,;='])
      expect(await call(`/digest/page${query}`)).toMatchObject(ok);
  });

  test('takes a POST with its body after the challenge', async () => {
    const { call } = await setup();
    const body = JSON.stringify({ name: 'J\u00fcrgen', text: 'x'.repeat(50_000) });
    for (let count = 0; count < 2; count++) {
      const result = await call('/digest/echo', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(result).toMatchObject(ok);
      expect(textOf(result)).toBe(body);
    }
  });

  test('H2.43: lets in twenty calls at the same time, no nonce with one count twice', async () => {
    const { apache, call } = await setup();
    for (let round = 0; round < 2; round++) {
      const results = await Promise.all(Array.from({ length: 20 }, (_, index) => call(`/digest/page?${index}`)));
      for (const result of results) expect(result).toMatchObject(ok);
    }
    const all = await requests(apache, 60);
    const proofs = all.filter(({ authorization }) => authorization !== '-');
    const uses = proofs.map(({ authorization }) => authorization.match(/\b(nonce="[^"]+"|nc=\w+)/g)?.join());
    expect(all).toHaveLength(60);
    expect(new Set(uses).size).toBe(40);
  });

  test('H2.43: names the next nonce, which is used from 1 on', async () => {
    // Apache does so in the last 30 s of a nonce, thus always here.
    const { apache, call } = await setup({ nonceLifetime: 20 });
    for (let count = 0; count < 3; count++) expect(await call('/digest/page')).toMatchObject(ok);
    const all = await requests(apache, 4);
    expect(countsOf(all).slice(1)).toEqual(['00000001', '00000001', '00000001']);
  });

  test('H2.43: finds a nonce stale and gets another proof within the same call', async () => {
    const { apache, call } = await setup({ nonceLifetime: 1 });
    expect(await call('/digest/page')).toMatchObject(ok);
    // Another caller's nonce, younger than the one that is kept now: once that is stale, so is the kept one.
    expect(await caller(apache.origin, digest(user.username, user.password))('/digest/page')).toMatchObject(ok);
    const authorization = (await requests(apache, 4))[3]?.authorization ?? '';
    const replay = caller(apache.origin, { by: 'headers', headers: { authorization } });
    await eventually('the nonce is stale', async () => {
      const answer = await replay('/digest/page');
      return answer.kind === 'answer' && answer.headers['www-authenticate']?.includes('stale=true');
    });
    expect(await call('/digest/page?late')).toMatchObject(ok);
    const late = () => apache.requests().then((all) => all.filter(({ line }) => line.includes('late')));
    await eventually('both exchanges are in the log', async () => (await late()).length === 2);
    const [first, second] = await late();
    expect(first).toMatchObject({ status: 401, authorization: expect.stringContaining('nc=00000001') });
    expect(second).toMatchObject({ status: 200, authorization: expect.stringContaining('nc=00000001') });
  });

  test('H2.40: takes Basic in the first request, and refuses a wrong one', async () => {
    const { apache } = await setup();
    const basic = (password: string): Authorisation => {
      const token = Buffer.from(`${user.username}:${password}`).toString('base64');
      return { by: 'headers', headers: { Authorization: `Basic ${token}` } };
    };
    expect(textOf(await caller(apache.origin, basic(user.password))('/basic/page'))).toBe('basic page');
    expect(await caller(apache.origin, basic('wrong'))('/basic/page')).toMatchObject({ kind: 'answer', status: 401 });
    expect((await requests(apache, 2)).map(({ status }) => status)).toEqual([200, 401]);
  });

  test('H2.41: that wants Basic where Digest is configured is a failure that says so', async () => {
    const { call } = await setup();
    const message = 'auth_failed: the service offers basic, not Digest';
    expect(await call('/basic/page')).toMatchObject({ kind: 'failure', failureClass: 'auth', message });
  });
});

/** A certificate file for programs that are not ours. */
async function caFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'digest-'));
  open.push({ close: () => rm(folder, { recursive: true }) });
  const path = join(folder, 'ca.pem');
  await writeFile(path, ca.caPem);
  return path;
}

const curlVersion = /^curl (\d+)\.(\d+)/.exec(spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '');
const curlThere = curlVersion !== null;
const describeWithCurl = curlThere ? describe : describe.skip;
if (!curlThere) process.stderr.write("skipped: curl's Digest needs the package curl\n");

describeWithCurl("curl, a client that is not ours, against this house's verifier", () => {
  const [, major = '0', minor = '0'] = curlVersion ?? [];
  // Before 8.8 curl knows SHA-512-256 by name only.
  const knowsSha512 = Number(major) * 1_000 + Number(minor) >= 8_008;
  if (curlThere && !knowsSha512)
    process.stderr.write("skipped: curl's Digest with SHA-512-256 needs curl 8.8 or later\n");
  const user = { username: 'agent 7', password: 'Circle, of: Life' };

  async function ask(more: Partial<DigestServerOptions>, password = user.password) {
    const server = await startDigestServer({ ca, ...user, realm: 'staff, day shift', offers: [], ...more });
    open.push(server);
    const url = `${server.origin}/a/b?c=%20d`;
    const options = [
      '--silent',
      '--show-error',
      '--cacert',
      await caFile(),
      '--digest',
      '--user',
      `${user.username}:${password}`,
    ];
    const { stdout } = await promisify(execFile)('curl', [...options, '--write-out', ' %{http_code}', url]);
    return { stdout, exchanges: server.exchanges };
  }

  const algorithms = [
    undefined,
    'MD5',
    'MD5-sess',
    'SHA-256',
    'SHA-256-sess',
    ...(knowsSha512 ? ['SHA-512-256', 'SHA-512-256-sess'] : []),
  ];
  const offers = algorithms.flatMap((algorithm) => ['auth', 'auth,auth-int'].map((qop) => [algorithm, qop] as const));

  test.each(offers)('H2.41: is let in with %s and qop %s', async (algorithm, qop) => {
    const { stdout, exchanges } = await ask({ offers: [{ ...(algorithm && { algorithm }), qop }] });
    expect(exchanges.flatMap(({ faults }) => faults)).toEqual([]);
    expect(exchanges.map(({ verdict }) => verdict)).toEqual(['challenged', 'accepted']);
    expect(stdout).toBe('let in 200');
  });

  test('H2.41: is let in in the form of RFC 2069', async () => {
    expect((await ask({ offers: [{}] })).stdout).toBe('let in 200');
  });

  test('H2.43: is let in with its user name as a hash', async () => {
    expect((await ask({ offers: [{ algorithm: 'SHA-256', qop: 'auth' }], userhash: true })).stdout).toBe('let in 200');
  });

  test('is turned away with a wrong password', async () => {
    const { stdout, exchanges } = await ask({ offers: [{ qop: 'auth' }] }, 'wrong');
    expect(stdout).toMatch(/401$/);
    expect(exchanges.map(({ verdict }) => verdict)).toEqual(['challenged', 'refused']);
  });
});

describe('that verifier', () => {
  const credentials = { username: 'agent', password: 'Circle, of: Life' };

  /** A proof that is right but for what `tamper` makes of it, sent as often as told; what the server found last. */
  async function present(tamper: (header: string) => string, times = 1) {
    const server = await startDigestServer({ ca, ...credentials, offers: [{ algorithm: 'SHA-256', qop: 'auth' }] });
    open.push(server);
    const send = (headers: Record<string, string>) => caller(server.origin, { by: 'headers', headers })('/a?b');
    const challenged = await send({});
    const offered = challenged.kind === 'answer' ? challenged.headers['www-authenticate'] : undefined;
    const challenge = chooseDigest(parseChallenges(offered ?? ''));
    if ('fault' in challenge) throw new Error(challenge.fault);
    const cnonce = 'a cnonce';
    const use = { method: 'GET', target: '/a?b', count: 1, cnonce, prime: { nonce: challenge.nonce, cnonce } };
    const authorization = tamper(writeAuthorization(challenge, credentials, use));
    for (let time = 0; time < times; time++) await send({ authorization });
    return server.exchanges.at(-1);
  }

  test('takes what is right', async () => {
    expect(await present((header) => header)).toMatchObject({ verdict: 'accepted', faults: [] });
  });

  test.each([
    ['qop=auth', 'qop="auth"', 'qop must not be quoted'],
    ['qop=auth', 'qop=auth-int', 'qop was not offered'],
    ['username="agent"', 'username=agent', 'username must be quoted'],
    ['username="agent"', 'username="Agent"', 'the user name is another or in the wrong form'],
    ['nc=00000001', 'nc=1', 'nc must be eight digits'],
    ['nc=00000001, ', '', 'nc goes with qop'],
    ['cnonce="a cnonce", ', '', 'cnonce goes with qop or a session'],
    ['algorithm=SHA-256, ', '', 'algorithm is another'],
    ['uri="/a?b"', 'uri="/a"', 'uri is not the request-target'],
    ['realm="', 'realm="x', 'realm is another'],
    ['opaque="', 'opaque="x', 'opaque is another'],
    ['username=', 'userhash=true, username=', 'userhash is not as asked for'],
    ['username=', 'domain="/", username=', 'domain is not a parameter'],
    ['username=', 'nc=00000001, username=', 'the header does not parse'],
  ])('writes down what is amiss when %j becomes %j', async (part, instead, fault) => {
    const seen = await present((header) => header.replace(part, instead));
    expect(seen?.verdict).toBe('malformed');
    expect(seen?.faults).toContain(fault);
  });

  test('H2.43: sees a count that comes twice', async () => {
    expect(await present((header) => header, 2)).toMatchObject({
      verdict: 'malformed',
      faults: ['nc was used before'],
    });
  });

  test('refuses a wrong response', async () => {
    const tampered = await present((header) => header.replace(/response="./, 'response="-'));
    expect(tampered).toMatchObject({ verdict: 'refused', faults: [] });
  });
});

describe('our calls against that verifier', () => {
  const names = ['agent "7"', 'J\u00e4s\u00f8n D\u00f6e', '\u5c71\u7530'];
  const algorithms = [undefined, ...['MD5', 'SHA-256', 'SHA-512-256'].flatMap((name) => [name, `${name}-sess`])];
  const qops = ['auth', 'auth-int', 'auth-int, auth', undefined];

  async function setup(options: Partial<DigestServerOptions>) {
    const server = await startDigestServer({
      ca,
      username: 'agent',
      password: 'pa\u0308ss',
      offers: [{ qop: 'auth' }],
      ...options,
    });
    open.push(server);
    const call = caller(server.origin, digest(options.username ?? 'agent', options.password ?? 'pa\u0308ss'));
    return { server, call };
  }

  const cases = algorithms.flatMap((algorithm) => qops.map((qop) => [algorithm, qop] as const));

  test.each(cases)(
    'H2.41, H2.43: %s, qop %s: every user name, as a hash or not, with a charset or not, is let in',
    async (algorithm, qop) => {
      for (const username of names)
        for (const userhash of [false, true])
          for (const utf8 of [false, true]) {
            const offer = { ...(algorithm !== undefined && { algorithm }), ...(qop !== undefined && { qop }) };
            const { server, call } = await setup({ username, userhash, utf8, offers: [offer] });
            const results = [
              await call('/a/b?c=%20d'),
              await call('/a', { method: 'POST', body: 'k\u00e4se' }),
              await call('/', { method: 'PUT', body: '' }),
            ];
            expect(server.exchanges.flatMap(({ faults }) => faults)).toEqual([]);
            expect(server.exchanges.map(({ verdict }) => verdict)).toEqual([
              'challenged',
              'accepted',
              'accepted',
              'accepted',
            ]);
            for (const result of results) expect(result).toMatchObject(ok);
          }
    },
  );

  test('H2.41: the strongest of several offers is taken', async () => {
    const offers = ['MD5', 'SHA-1', 'SHA-512-256', 'SHA-256'].map((algorithm) => ({ algorithm, qop: 'auth' }));
    const { server, call } = await setup({ offers });
    expect(await call('/')).toMatchObject(ok);
    expect(server.requests[1]?.headers.authorization).toContain('algorithm=SHA-512-256,');
  });

  test.each([undefined, 'SHA-256-sess'])('H2.43: with %s a next nonce is used each time', async (algorithm) => {
    const { server, call } = await setup({
      offers: [{ ...(algorithm && { algorithm }), qop: 'auth' }],
      nextNonce: true,
    });
    for (let count = 0; count < 4; count++) expect(await call('/')).toMatchObject(ok);
    expect(server.exchanges.map(({ verdict }) => verdict).join()).toBe(
      'challenged,accepted,accepted,accepted,accepted',
    );
    expect(new Set(server.exchanges.map(({ nonce }) => nonce)).size).toBe(5);
  });

  test('H2.43: nonces that are good once cost a second exchange and no call', async () => {
    const { server, call } = await setup({ usesPerNonce: 1 });
    for (let count = 0; count < 3; count++) expect(await call('/')).toMatchObject(ok);
    expect(server.exchanges.map(({ verdict }) => verdict).join()).toBe(
      'challenged,accepted,stale,accepted,stale,accepted',
    );
  });

  test('H2.43: fifty calls at the same time are all let in, no nonce with one count twice', async () => {
    const { server, call } = await setup({});
    for (let round = 0; round < 2; round++) {
      const results = await Promise.all(Array.from({ length: 50 }, () => call('/')));
      for (const result of results) expect(result).toMatchObject(ok);
    }
    expect(server.exchanges.flatMap(({ faults }) => faults)).toEqual([]);
    expect(server.exchanges.filter(({ verdict }) => verdict === 'accepted')).toHaveLength(100);
  });

  test('H2.43: a wrong password fails after two exchanges, with the class auth', async () => {
    const { server } = await setup({});
    const call = caller(server.origin, digest('agent', 'wrong'));
    expect(await call('/')).toMatchObject({
      kind: 'failure',
      failureClass: 'auth',
      stage: 'call',
      side: 'theirs',
      status: 401,
    });
    expect(server.exchanges.map(({ verdict }) => verdict)).toEqual(['challenged', 'refused']);
  });

  test('H2.44: the password is in nothing that is sent', async () => {
    const { server, call } = await setup({ password: 'canary-6f1d' });
    await call('/a', { method: 'POST', body: 'x' });
    expect(server.requests).toHaveLength(2);
    expect(JSON.stringify(server.requests)).not.toContain('canary-6f1d');
  });
});
