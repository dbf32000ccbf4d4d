import type { CallFailure, CallResult } from '@patchbay/outbound';
import { callEndOf } from './call-end';

const answer = (status: number, headers: Record<string, string> = {}): CallResult => ({
  kind: 'answer',
  status,
  headers,
  body: Buffer.alloc(0),
  durationMs: 1,
  timing: {},
});
const failure = (failureClass: CallFailure['failureClass'], side: 'ours' | 'theirs'): CallResult => ({
  kind: 'failure',
  failureClass,
  stage: 'call',
  side,
  message: '',
  durationMs: 1,
  timing: {},
});

describe('H2.34: what a call says about the health of its service', () => {
  test.each([200, 204, 301, 400, 401, 404, 409, 410, 501, 505])('%i: it works', (status) => {
    expect(callEndOf(answer(status), 0)).toEqual({ end: 'healthy' });
  });
  test.each([408, 425, 500, 502, 503, 504, 599])('%i: it fails', (status) => {
    expect(callEndOf(answer(status), 0)).toEqual({ end: 'failing' });
  });
  test('429: it is asked too often, and says how long to wait', () => {
    expect(callEndOf(answer(429, { 'retry-after': '3' }), 0)).toEqual({ end: 'throttled', retryAfterMs: 3_000 });
    expect(callEndOf(answer(429), 0)).toEqual({ end: 'throttled' });
  });
  test.each([
    ['no answer in time', failure('timeout', 'theirs'), 'failing'],
    ['an address that is not allowed', failure('blocked', 'ours'), 'void'],
    ['an answer that is too large', failure('too-large', 'theirs'), 'healthy'],
    ['our own proxy', failure('proxy', 'ours'), 'void'],
    ['refused credentials', failure('auth', 'theirs'), 'void'],
  ])('%s counts as its own', (_, result, end) => {
    expect(callEndOf(result, 0)).toEqual({ end });
  });
});
