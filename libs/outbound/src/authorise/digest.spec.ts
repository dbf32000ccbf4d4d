import { randomBytes } from 'node:crypto';
import type { CallAnswer } from '../call-result';
import { createDigestScheme } from './digest';
import { parseChallenges } from './digest-challenge';
import { digestResponse } from './digest-response';
import type { HttpMessage } from './scheme';

const credentials = { username: 'Mufasa', password: 'Circle of Life' };

function setup(mostUses?: number) {
  const drawn: number[] = [];
  const draw = (count: number) => (drawn.push(count), randomBytes(count));
  const scheme = createDigestScheme(credentials, { now: () => 0, randomBytes: draw }, mostUses);

  /** One call, played by hand: what it sends, and what it makes of the answer. */
  function aCall(more: Partial<HttpMessage> = {}) {
    const message: HttpMessage = { method: 'GET', origin: 'https://a.example', target: '/x?y', headers: {}, ...more };
    let sent: Record<string, string> = {};
    let tries = 0;
    return {
      send(): Record<string, string> | undefined {
        tries += 1;
        const proof = scheme.authorise(message, () => Promise.reject(new Error('digest sends nothing of its own')));
        if (proof instanceof Promise || 'kind' in proof) throw new Error('digest needs nobody to authorise');
        sent = proof.headers;
        const [authorization] = parseChallenges(sent['authorization'] ?? '');
        return authorization && Object.fromEntries(authorization.params);
      },
      answered: (status: number, headers: Record<string, string> = {}) =>
        scheme.review?.(anAnswer(status, headers), message, sent, tries),
    };
  }

  /** A call that is challenged with this nonce and let in. */
  function learn(nonce: string, more?: string): void {
    const call = aCall();
    call.send();
    expect(call.answered(401, challenge(nonce, more))).toEqual({ verdict: 'again' });
    expect(call.send()).toMatchObject({ nonce });
    expect(call.answered(200)).toEqual({ verdict: 'taken' });
  }

  return { scheme, aCall, learn, drawn };
}

function anAnswer(status: number, headers: Record<string, string>): CallAnswer {
  return { kind: 'answer', status, headers, body: Buffer.alloc(0), durationMs: 0, timing: {} };
}

function challenge(nonce: string, more = 'algorithm=SHA-256'): Record<string, string> {
  return { 'www-authenticate': `Digest realm="r", nonce="${nonce}", qop="auth", ${more}` };
}

/** Of a SHA-256-sess proof for `aCall()`. */
function sessionResponse(how: { nonce: string; count: number; prime: { nonce: string; cnonce: string } }): string {
  const { nonce, count, prime } = how;
  const flags = { session: true, userhash: false, utf8: false, stale: false };
  const use = { method: 'GET', target: '/x?y', count, cnonce: prime.cnonce, prime };
  return digestResponse({ realm: 'r', nonce, hash: 'sha256', qop: 'auth', ...flags }, credentials, use);
}

const following = (nonce: string) => ({ 'authentication-info': `nextnonce="${nonce}"` });
const wrong = {
  verdict: 'refused',
  message: 'auth_failed: the service does not accept user name and password',
  side: 'theirs',
};

test('H2.43: the first call is challenged and repeated; later ones use the nonce ahead with a growing count', () => {
  const { aCall } = setup();
  const first = aCall();
  expect(first.send()).toBeUndefined();
  expect(first.answered(401, challenge('n'))).toEqual({ verdict: 'again' });
  expect(first.send()).toMatchObject({ nonce: 'n', nc: '00000001', uri: '/x?y', username: 'Mufasa' });
  expect(first.answered(200)).toEqual({ verdict: 'taken' });
  expect(aCall().send()).toMatchObject({ nonce: 'n', nc: '00000002' });
  expect(aCall().send()).toMatchObject({ nonce: 'n', nc: '00000003' });
});

test.each([200, 204, 302, 403, 404, 407, 500])('an answer with %i is taken as it is', (status) => {
  const call = setup().aCall();
  call.send();
  expect(call.answered(status, challenge('n'))).toEqual({ verdict: 'taken' });
});

describe('a 401 that', () => {
  test('H2.43: follows the proof for a challenge to the same call ends it, without a loop', () => {
    const call = setup().aCall();
    call.send();
    call.answered(401, challenge('1'));
    call.send();
    expect(call.answered(401, challenge('2'))).toEqual(wrong);
  });

  test('H2.43: says stale leads to the new nonce, counted from 1', () => {
    const { aCall, learn } = setup();
    learn('1');
    const call = aCall();
    expect(call.send()).toMatchObject({ nonce: '1', nc: '00000002' });
    expect(call.answered(401, challenge('2', 'stale=true'))).toEqual({ verdict: 'again' });
    expect(call.send()).toMatchObject({ nonce: '2', nc: '00000001' });
    expect(call.answered(401, challenge('3', 'stale=TRUE'))).toEqual({ verdict: 'again' });
    expect(call.send()).toMatchObject({ nonce: '3', nc: '00000001' });
    expect(call.answered(200)).toEqual({ verdict: 'taken' });
    expect(aCall().send()).toMatchObject({ nonce: '3', nc: '00000002' });
  });

  test('says stale and brings the very nonce that was sent ends the call', () => {
    const { aCall, learn } = setup();
    learn('1');
    const call = aCall();
    call.send();
    expect(call.answered(401, challenge('1', 'stale=true'))).toEqual(wrong);
  });

  test('H2.43: follows a proof made ahead and brings another nonce gets one more try, and no third', () => {
    const { aCall, learn } = setup();
    learn('1');
    const call = aCall();
    call.send();
    expect(call.answered(401, challenge('2'))).toEqual({ verdict: 'again' });
    expect(call.send()).toMatchObject({ nonce: '2', nc: '00000001' });
    expect(call.answered(401, challenge('3'))).toEqual(wrong);
  });

  test('H2.43: follows a proof made ahead and brings the same nonce ends the call', () => {
    const { aCall, learn } = setup();
    learn('1');
    const call = aCall();
    call.send();
    expect(call.answered(401, challenge('1'))).toEqual(wrong);
  });

  test('H2.41: offers nothing that we know ends the call and says what was offered', () => {
    const call = setup().aCall();
    call.send();
    const message = 'auth_failed: the service offers Digest only as SHA-1 with qop auth, which is not supported';
    expect(call.answered(401, challenge('n', 'algorithm=SHA-1'))).toEqual({
      verdict: 'refused',
      message,
      side: 'theirs',
    });
  });

  test('has no challenge ends the call; the next one asks anew', () => {
    const { aCall, learn } = setup();
    learn('1');
    const call = aCall();
    call.send();
    const message = 'auth_failed: the service answered 401 without a challenge';
    expect(call.answered(401)).toEqual({ verdict: 'refused', message, side: 'theirs' });
    expect(aCall().send()).toBeUndefined();
  });
});

describe('nextnonce', () => {
  test.each([200, 404, 500])('H2.43: in an answer with %i replaces the nonce, counted from 1', (status) => {
    const { aCall, learn } = setup();
    learn('1');
    const call = aCall();
    call.send();
    expect(call.answered(status, following('2'))).toEqual({ verdict: 'taken' });
    expect(aCall().send()).toMatchObject({ nonce: '2', nc: '00000001', realm: 'r', algorithm: 'SHA-256' });
  });

  test('H2.43: that is the nonce in use does not start its count again', () => {
    const { aCall, learn } = setup();
    learn('1');
    const call = aCall();
    call.send();
    call.answered(200, following('1'));
    expect(aCall().send()).toMatchObject({ nonce: '1', nc: '00000003' });
  });

  test('without a proof is not listened to', () => {
    const { aCall } = setup();
    const call = aCall();
    call.send();
    call.answered(200, following('1'));
    expect(aCall().send()).toBeUndefined();
  });
});

describe('calls at the same time', () => {
  test('each answer their own challenge; afterwards all share the newest nonce', () => {
    const { aCall } = setup();
    const calls = ['1', '2', '3'].map((nonce) => ({ nonce, call: aCall() }));
    for (const { call } of calls) expect(call.send()).toBeUndefined();
    for (const { call, nonce } of calls) expect(call.answered(401, challenge(nonce))).toEqual({ verdict: 'again' });
    for (const { call, nonce } of calls) expect(call.send()).toMatchObject({ nonce, nc: '00000001' });
    for (const { call } of calls) expect(call.answered(200)).toEqual({ verdict: 'taken' });
    expect(aCall().send()).toMatchObject({ nonce: '3', nc: '00000002' });
    expect(aCall().send()).toMatchObject({ nonce: '3', nc: '00000003' });
  });

  test('H2.43: that are given one and the same nonce count it together', () => {
    const { aCall } = setup();
    const calls = [aCall(), aCall()];
    for (const call of calls) call.send();
    for (const call of calls) call.answered(401, challenge('one'));
    expect(calls.map((call) => call.send()?.['nc'])).toEqual(['00000001', '00000002']);
  });

  test.each([
    ['nextnonce', 200, following('old')],
    ['challenge', 401, challenge('old', 'stale=true')],
  ])('never go back to an older nonce for the %s of a slow answer', (_, status, headers) => {
    const { aCall, learn } = setup();
    learn('1');
    const [slow, quick] = [aCall(), aCall()];
    slow.send();
    quick.send();
    quick.answered(200, following('new'));
    slow.answered(status, headers);
    expect(aCall().send()).toMatchObject({ nonce: 'new', nc: '00000001' });
  });
});

test('H2.43: a service that comes back to an earlier nonce gets its count continued', () => {
  const { aCall, learn } = setup();
  learn('1');
  for (const nonce of ['2', '1']) {
    const call = aCall();
    call.send();
    call.answered(401, challenge(nonce, 'stale=true'));
    expect(call.send()).toMatchObject({ nonce, nc: nonce === '2' ? '00000001' : '00000003' });
  }
});

test('H2.43: a nonce whose count is used up is dropped, and never counted anew', () => {
  const { aCall, learn } = setup(2);
  learn('1');
  expect(aCall().send()).toMatchObject({ nonce: '1', nc: '00000002' });
  const call = aCall();
  expect(call.send()).toBeUndefined();
  call.answered(401, challenge('1'));
  expect(call.send()).toBeUndefined();
  call.answered(401, challenge('2'));
  expect(call.send()).toMatchObject({ nonce: '2', nc: '00000001' });
});

describe('cnonce', () => {
  test('H2.43: has at least 128 random bits and is new for every request', () => {
    const { aCall, learn, drawn } = setup();
    learn('n');
    const cnonces = Array.from({ length: 50 }, () => aCall().send()?.['cnonce']);
    expect(new Set(cnonces).size).toBe(50);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(16);
    for (const cnonce of cnonces) expect(Buffer.from(cnonce ?? '', 'base64url').length).toBeGreaterThanOrEqual(16);
  });

  test('H2.41: of a -sess form stays for the session, and so does its key when a nextnonce comes', () => {
    const { aCall, learn } = setup();
    learn('1', 'algorithm=SHA-256-sess');
    const [before, after] = [aCall(), aCall()];
    const cnonce = before.send()?.['cnonce'] ?? '';
    before.answered(200, following('2'));
    const sent = after.send();
    expect(sent).toMatchObject({ nonce: '2', nc: '00000001', cnonce });
    expect(sent?.['response']).toBe(sessionResponse({ nonce: '2', count: 1, prime: { nonce: '1', cnonce } }));
  });

  test('H2.41: of a -sess form is one for all calls that were given the same nonce', () => {
    const { aCall } = setup();
    const calls = [aCall(), aCall()];
    for (const call of calls) call.send();
    for (const call of calls) call.answered(401, challenge('1', 'algorithm=SHA-256-sess'));
    const [first, second] = calls.map((call) => call.send());
    const cnonce = first?.['cnonce'] ?? '';
    expect(second).toMatchObject({ nc: '00000002', cnonce });
    expect(second?.['response']).toBe(sessionResponse({ nonce: '1', count: 2, prime: { nonce: '1', cnonce } }));
  });

  test('of a -sess form is another one after another challenge', () => {
    const { aCall, learn } = setup();
    learn('1', 'algorithm=MD5-sess');
    const call = aCall();
    const first = call.send()?.['cnonce'];
    call.answered(401, challenge('2', 'algorithm=MD5-sess, stale=true'));
    expect(call.send()?.['cnonce']).not.toBe(first);
  });
});

test('H2.41: without qop the nonce is used again and again, without a count', () => {
  const { aCall } = setup();
  const call = aCall();
  call.send();
  call.answered(401, { 'www-authenticate': 'Digest realm="r", nonce="n"' });
  expect(Object.keys(call.send() ?? {})).toEqual(['username', 'realm', 'uri', 'nonce', 'response']);
  expect(aCall().send()).toMatchObject({ nonce: 'n' });
});

test('H2.43: two integrations share no nonce', () => {
  setup().learn('1');
  expect(setup().aCall().send()).toBeUndefined();
});
