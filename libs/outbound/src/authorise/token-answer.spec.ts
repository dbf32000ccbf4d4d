import fc from 'fast-check';
import type { CallAnswer } from '../call-result';
import { readTokenAnswer } from './token-answer';

function read(status: number, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer: CallAnswer = {
    kind: 'answer',
    status,
    headers: {},
    body: Buffer.from(text),
    durationMs: 1,
    timing: {},
  };
  return readTokenAnswer(answer);
}

const good = { access_token: 'abc', token_type: 'Bearer', expires_in: 60 };

describe('a token is read', () => {
  test.each<[string, object, number]>([
    ['with its seconds', { expires_in: 3599 }, 3_599_000],
    ['with its seconds in digits', { expires_in: '120' }, 120_000],
    ['with a fraction of a second', { expires_in: 0.5 }, 500],
    ['that is over already', { expires_in: -1 }, 0],
    ['for an hour where nothing is said', { expires_in: undefined }, 3_600_000],
    ['for an hour where no number is said', { expires_in: 'soon' }, 3_600_000],
    ['whatever the case of its type', { token_type: 'bEaReR' }, 60_000],
    ['beside a null error', { error: null }, 60_000],
  ])('%s', (_, fields, lifetimeMs) => {
    expect(read(200, { ...good, ...fields })).toEqual({ kind: 'token', token: 'abc', lifetimeMs });
  });

  test.each(['a.b-c_d~e+f/g==', '17|sanctum', '!#$%'])('%j', (token) => {
    expect(read(200, { ...good, access_token: token })).toMatchObject({ token });
  });
});

describe('an answer that is none may be better next time', () => {
  test.each<[string, unknown, string]>([
    ['no JSON', '<html>', 'the answer is not a JSON object'],
    ['nothing', '', 'the answer is not a JSON object'],
    ['a list', [good], 'the answer is not a JSON object'],
    ['null', null, 'the answer is not a JSON object'],
    ['no token', { ...good, access_token: undefined }, 'the answer has no access_token'],
    ['a token that is no text', { ...good, access_token: 17 }, 'the answer has no access_token'],
    ['an empty token', { ...good, access_token: '' }, 'the answer has no access_token'],
    ['no type', { ...good, token_type: undefined }, 'the token_type is not bearer'],
    ['another type', { ...good, token_type: 'mac' }, 'the token_type is not bearer'],
    ['a line break', { ...good, access_token: 'a\r\nx-admin: 1' }, 'the access_token does not fit into a header'],
    ['a space', { ...good, access_token: 'a b' }, 'the access_token does not fit into a header'],
    ['a letter beyond ASCII', { ...good, access_token: 'ä' }, 'the access_token does not fit into a header'],
    ['17 KiB', { ...good, access_token: 'a'.repeat(17 << 10) }, 'the access_token does not fit into a header'],
  ])('%s', (_, body, why) => {
    expect(read(200, body)).toEqual({ kind: 'none', why, retryable: true });
  });
});

describe('a refusal', () => {
  test.each<[number, unknown, string]>([
    [401, { error: 'invalid_client' }, 'the token endpoint answered 401 with invalid_client'],
    [400, { error: 'invalid_scope', error_description: 'no' }, 'the token endpoint answered 400 with invalid_scope'],
    [400, { error: 'out_of_cheese' }, 'the token endpoint answered 400 with an error'],
    [200, { error: 'unauthorized_client' }, 'the token endpoint answered 200 with unauthorized_client'],
    [404, '<html>', 'the token endpoint answered 404'],
    [302, '', 'the token endpoint answered 302'],
  ])('with %i %j is final', (status, body, why) => {
    expect(read(status, body)).toEqual({ kind: 'none', why, retryable: false });
  });

  test.each<[number, unknown]>([
    [429, ''],
    [408, ''],
    [500, ''],
    [503, { error: 'invalid_client' }],
    [400, { error: 'temporarily_unavailable' }],
  ])('with %i %j may be over later', (status, body) => {
    expect(read(status, body)).toMatchObject({ kind: 'none', retryable: true });
  });
});

test('for every answer, a token fits into a header, and no reason quotes the answer', () => {
  const canary = 'Xq7canary';
  const anything = fc.oneof(fc.constant(canary), fc.jsonValue(), fc.string({ unit: 'binary' }));
  const answers = fc.record(
    { access_token: anything, token_type: fc.oneof(fc.constant('bearer'), anything), expires_in: anything },
    { requiredKeys: [] },
  );
  const errors = fc.record({
    error: fc.oneof(fc.constant(`${canary} error`), anything),
    error_description: fc.constant(canary),
  });
  const bodies = fc.oneof(answers, errors, fc.string());
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), bodies, (status, body) => {
      const answer = read(status, body);
      if (answer.kind === 'none') expect(answer.why).not.toContain(canary);
      else {
        expect(() => new Headers({ authorization: `Bearer ${answer.token}` })).not.toThrow();
        expect(answer.token).not.toMatch(/\s/);
        expect(answer.lifetimeMs).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
