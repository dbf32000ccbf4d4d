import type { ClientCredentials } from '@patchbay/edi';
import fc from 'fast-check';
import type { CallAnswer, CallFailure, CallResult } from '../call-result';
import { createOAuthScheme } from './oauth';
import type { HttpMessage, SendOwn } from './scheme';

const secret = 'Xq7-client-secret';
const credentials: ClientCredentials = {
  clientId: 'me',
  clientSecret: secret,
  tokenUrl: 'https://id.example.com/token',
  scope: [],
  clientAuth: 'basic',
};
const message: HttpMessage = { method: 'POST', origin: 'https://crm.example.com', target: '/calls', headers: {} };
const second = 1_000;

const answered = (status: number, body: unknown = ''): CallAnswer => ({
  kind: 'answer',
  status,
  headers: {},
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  durationMs: 12,
  timing: { sentMs: 3 },
});
const token = (name: string, expires_in?: number) =>
  answered(200, { access_token: name, token_type: 'bearer', expires_in });
const failed = (more: Partial<CallFailure>): CallFailure => ({
  kind: 'failure',
  failureClass: 'dns',
  stage: 'call',
  side: 'theirs',
  message: 'the host name has no address',
  durationMs: 4,
  timing: {},
  ...more,
});

/** A scheme, its clock, and a token endpoint that gives T1, T2, ... unless told otherwise. */
function setup(answer: (count: number) => CallResult = (count) => token(`T${count}`, 3_600)) {
  const clock = { now: 1_800_000_000_000 };
  const asked: { request: Parameters<SendOwn>[0]; deadlineMs: number }[] = [];
  const scheme = createOAuthScheme(credentials, { now: () => clock.now });
  const send: SendOwn = (request, { deadlineMs }) => {
    asked.push({ request, deadlineMs });
    return Promise.resolve(answer(asked.length));
  };
  const authorise = async () => scheme.authorise(message, send);
  const review = (status: number, sent: string, tries = 1) =>
    scheme.review?.(answered(status), message, bearer(sent).headers, tries);
  return { clock, asked, scheme, authorise, review };
}

const bearer = (name: string) => ({ headers: { authorization: `Bearer ${name}` } });

describe('a token', () => {
  it('is asked for in 10 s at most and sent as Bearer', async () => {
    const { authorise, asked } = setup();
    expect(await authorise()).toEqual(bearer('T1'));
    expect(asked).toMatchObject([{ request: { method: 'POST', url: credentials.tokenUrl }, deadlineMs: 10_000 }]);
  });

  it.each<[string, number | undefined, number]>([
    ['an hour, until 30 s before its end', 3_600, 3_570],
    ['a minute, until 30 s before its end', 60, 30],
    ['less than a minute, for half its life', 40, 20],
    ['nobody knows how long, for an hour at most', undefined, 3_570],
  ])('that lives %s, is used and then replaced', async (_, lifetime, until) => {
    const { authorise, clock } = setup((count) => token(`T${count}`, lifetime));
    await authorise();
    clock.now += until * second - 1;
    expect(await authorise()).toEqual(bearer('T1'));
    clock.now += 1;
    expect(await authorise()).toEqual(bearer('T2'));
  });

  it('grows old from when it was asked for', async () => {
    const { authorise, clock, asked } = setup((count) => {
      clock.now += 5 * second;
      return token(`T${count}`, 3_600);
    });
    await authorise();
    clock.now += 3_565 * second;
    await authorise();
    expect(asked).toHaveLength(2);
  });

  it('is never sent when it has expired, however calls and lifetimes fall', async () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(90_000), lifetime: fc.nat(120) }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const ends = new Map<string, number>();
        let lifetime = 0;
        const { authorise, clock } = setup((count) => {
          ends.set(`Bearer T${count}`, clock.now + lifetime * second);
          return token(`T${count}`, lifetime);
        });
        for (const step of list) {
          clock.now += step.waitMs;
          lifetime = step.lifetime;
          const proof = await authorise();
          const used = 'headers' in proof ? proof.headers['authorization'] : undefined;
          expect(ends.get(used ?? '')).toBeGreaterThanOrEqual(clock.now);
        }
      }),
    );
  });
});

describe('concurrent calls', () => {
  it('share one request for a token', async () => {
    const { authorise, asked } = setup();
    const proofs = await Promise.all(Array.from({ length: 50 }, authorise));
    expect(proofs).toEqual(Array.from({ length: 50 }, () => bearer('T1')));
    expect(asked).toHaveLength(1);
  });

  it('share its failure, and the next call asks again', async () => {
    const { authorise, asked } = setup((count) => (count === 1 ? answered(503) : token('T2')));
    const proofs = await Promise.all(Array.from({ length: 50 }, authorise));
    expect(new Set(proofs).size).toBe(1);
    expect(proofs[0]).toMatchObject({ failureClass: 'token' });
    expect(await authorise()).toEqual(bearer('T2'));
    expect(asked).toHaveLength(2);
  });
});

describe('an answer 401', () => {
  it('throws the token away and has the call made once more with a fresh one', async () => {
    const { authorise, review } = setup();
    await authorise();
    expect(review(401, 'T1')).toEqual({ verdict: 'again' });
    expect(await authorise()).toEqual(bearer('T2'));
  });

  it('to the fresh one is the end of it', async () => {
    const { authorise, review } = setup();
    await authorise();
    review(401, 'T1');
    await authorise();
    expect(review(401, 'T2', 2)).toEqual({
      verdict: 'refused',
      message: 'auth_failed: the service refused a fresh token',
      side: 'theirs',
    });
  });

  it('that comes late for an old token leaves the fresh one alone', async () => {
    const { authorise, review, asked } = setup();
    await authorise();
    review(401, 'T1');
    await authorise();
    expect(review(401, 'T1')).toEqual({ verdict: 'again' });
    expect(await authorise()).toEqual(bearer('T2'));
    expect(asked).toHaveLength(2);
  });

  it('is the only one that is looked at', async () => {
    const { authorise, review, asked } = setup();
    await authorise();
    for (const status of [200, 400, 403, 500]) expect(review(status, 'T1')).toEqual({ verdict: 'taken' });
    await authorise();
    expect(asked).toHaveLength(1);
  });
});

describe('without a token', () => {
  it.each<[string, CallResult, Partial<CallFailure>]>([
    [
      'refused credentials are for whoever configured them, and final',
      answered(401, { error: 'invalid_client', error_description: `no ${secret}` }),
      {
        failureClass: 'auth',
        side: 'ours',
        message: 'fetching the access token: the token endpoint answered 401 with invalid_client',
      },
    ],
    [
      'an endpoint that is down may come back',
      answered(503),
      {
        failureClass: 'token',
        side: 'theirs',
        message: 'fetching the access token: the token endpoint answered 503',
      },
    ],
    [
      'an answer that is none may be better later',
      answered(200, `<p>${secret}</p>`),
      {
        failureClass: 'token',
        side: 'theirs',
        message: 'fetching the access token: the answer is not a JSON object',
      },
    ],
    [
      'a failure on the way keeps its sentence and its side',
      failed({ failureClass: 'proxy', side: 'ours', message: 'the egress proxy is gone' }),
      { failureClass: 'token', side: 'ours', message: 'fetching the access token: the egress proxy is gone' },
    ],
  ])('%s', async (_, result, failure) => {
    const { authorise } = setup(() => result);
    const proof = await authorise();
    expect(proof).toEqual({
      kind: 'failure',
      stage: 'call',
      durationMs: result.durationMs,
      timing: result.timing,
      ...failure,
    });
    expect(JSON.stringify(proof)).not.toContain(secret);
  });

  it.each<Partial<CallFailure>>([
    { failureClass: 'blocked', stage: 'before', side: 'ours', message: 'address not allowed' },
    { failureClass: 'cancelled', side: 'ours', message: 'the call was cancelled' },
  ])('what was not tried or stopped by us stays $failureClass', async (failure) => {
    const { authorise } = setup(() => failed(failure));
    expect(await authorise()).toMatchObject({ ...failure, message: `fetching the access token: ${failure.message}` });
  });

  it('the failure does not bear the status of the token endpoint, which is not that of the service', async () => {
    const { authorise } = setup(() => failed({ failureClass: 'too-large', status: 200 }));
    expect(await authorise()).not.toHaveProperty('status');
  });
});
