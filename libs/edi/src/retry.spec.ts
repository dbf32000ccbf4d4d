import fc from 'fast-check';
import type { DeliveryPolicy } from './policy';
import { nextAfter, retryAfter, retryDelay, verdictOfFailure, verdictOfStatus, type CallFailureClass } from './retry';

const now = Date.parse('2026-03-01T12:00:00Z');
const second = 1_000;
const hour = 3_600 * second;
const inTwoMinutes = 120 * second;

describe('retryAfter (H2.32)', () => {
  it.each([
    ['0', 0],
    ['120', inTwoMinutes],
    ['  120 ', inTwoMinutes],
    ['\t120', inTwoMinutes],
    ['007', 7 * second],
    ['86400', 24 * hour],
    ['86401', 24 * hour],
    ['9'.repeat(400), 24 * hour],
    ['-5', 0],
    ['-' + '9'.repeat(400), 0],
  ])('reads %j as seconds, within 0 and 24 h', (header, wait) => expect(retryAfter(header, now)).toBe(wait));

  it.each([
    ['Sun, 01 Mar 2026 12:02:00 GMT', inTwoMinutes],
    ['Sunday, 01-Mar-26 12:02:00 GMT', inTwoMinutes],
    ['Sun Mar  1 12:02:00 2026', inTwoMinutes],
    ['Sun Mar 01 12:02:00 2026', inTwoMinutes],
    [' Sun, 01 Mar 2026 12:02:00 GMT ', inTwoMinutes],
    ['Sun, 01 Mar 2026 12:00:60 GMT', 60 * second],
    ['Wed, 01 Mar 2028 12:00:00 GMT', 24 * hour],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 24 * hour],
    ['Friday, 01-Mar-75 12:00:00 GMT', 24 * hour],
  ])('reads %j as a date', (header, wait) => expect(retryAfter(header, now)).toBe(wait));

  it.each([
    'Sun, 01 Mar 2026 11:59:59 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    'Tuesday, 01-Mar-77 12:00:00 GMT',
    'Mon, 01 Jan 0001 00:00:00 GMT',
  ])('F18: does not wait for %j, which is past', (header) => expect(retryAfter(header, now)).toBe(0));

  it.each([
    undefined,
    '',
    ' ',
    '1.5',
    '+5',
    '--5',
    '- 5',
    '1e3',
    '0x10',
    '1_000',
    '120 s',
    '120, 240',
    '१२०',
    'soon',
    '2026-03-01T12:02:00Z',
    'Sun, 1 Mar 2026 12:02:00 GMT',
    'Sun, 01 Mar 2026 12:02:00',
    'Sun, 01 Mar 2026 12:02:00 UTC',
    'Sun, 01 Mar 2026 12:02:00 +0000',
    'Sun, 01 Mar 26 12:02:00 GMT',
    'sun, 01 mar 2026 12:02:00 gmt',
    'Sun, 30 Feb 2026 12:02:00 GMT',
    'Sun, 00 Mar 2026 12:02:00 GMT',
    'Sun, 01 Mar 2026 24:00:00 GMT',
    'Sun, 01 Mar 2026 12:60:00 GMT',
    'Sun, 01 Mar 2026 12:00:61 GMT',
    'Sun, 01-Mar-26 12:02:00 GMT',
    'Sun Mar 1 12:02:00 2026',
  ])('ignores %j, which is malformed', (header) => expect(retryAfter(header, now)).toBeUndefined());

  it('P3: for every text the wait is within 0 and 24 h, or there is none', () => {
    const pieces = fc.constantFrom(
      'Sun',
      ', ',
      ' ',
      '01',
      '-Mar-',
      '26',
      ' Mar ',
      '2026',
      '12:00:00',
      ' GMT',
      '-',
      '9',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 9 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 4e12 }), (text, at) => {
        const wait = retryAfter(text, at);
        return wait === undefined || (wait >= 0 && wait <= 24 * hour);
      }),
    );
  });

  it('P3: for every moment of the next day all three forms of its date bring the wait to it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 0, max: 86_400 }), (at, ahead) => {
        for (const header of formsOf(new Date((at + ahead) * second))) {
          expect([header, retryAfter(header, at * second)]).toEqual([header, ahead * second]);
        }
      }),
    );
  });
});

function formsOf(date: Date): string[] {
  const imf = date.toUTCString();
  const [weekday, day, month, year, time] = imf.replace(',', '').split(' ') as [string, string, string, string, string];
  const long = date.toLocaleDateString('en-GB', { weekday: 'long', timeZone: 'UTC' });
  return [
    imf,
    `${long}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`,
  ];
}

describe('nextAfter', () => {
  const policy = { maxAttempts: 5, maxAge: 600, baseDelay: 1 } as DeliveryPolicy;

  it('H2.32: waits as long as the service asks when that is longer than the jitter', () => {
    expect(nextAfter(1, policy, now, now, 0.5, 30_000)).toEqual({ kind: 'retry', due: now + 30_000 });
    expect(nextAfter(5 - 1, policy, now, now, 0.5, 100)).toEqual({ kind: 'retry', due: now + 4_000 });
  });

  it('waits the jitter alone when nothing is asked', () => {
    expect(nextAfter(2, policy, now, now, 0.5)).toEqual({ kind: 'retry', due: now + 1_000 });
    expect(nextAfter(2, policy, now, now, 0.5, undefined)).toEqual({ kind: 'retry', due: now + 1_000 });
  });

  it('is over when the service asks for a time beyond the age allowed', () => {
    expect(nextAfter(1, policy, now, now, 0.5, 601_000)).toMatchObject({ kind: 'expired' });
  });

  it('F18, P3: is never due in the past, nor before what is asked, and not later than the larger of the two', () => {
    const hours = fc.integer({ min: -hour, max: hour });
    const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 17 }), randoms, hours, hours, (attempt, random, jump, atLeastMs) => {
        const patient = { ...policy, maxAttempts: 18, maxAge: 72 * 3_600 };
        const at = now + jump;
        const next = nextAfter(attempt, patient, now, at, random, atLeastMs);
        if (next.kind !== 'retry') throw new Error(`not retried: ${next.reason}`);
        const ceiling = Math.min(3_600, 2 ** (attempt - 1)) * second;
        expect(next.due - at).toBeGreaterThanOrEqual(Math.max(0, atLeastMs));
        expect(next.due - at).toBeLessThanOrEqual(Math.max(ceiling, atLeastMs));
      }),
    );
  });

  it('P3: makes no attempt more than the policy allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(60_000), (attempt, atLeastMs) => {
        const { kind } = nextAfter(attempt, policy, now, now, 0, atLeastMs);
        return kind === (attempt >= policy.maxAttempts ? 'dead' : 'retry');
      }),
    );
  });
});

it('P3, H2.31: the delay is jitter from 0 to a ceiling that doubles up to an hour', () => {
  const policy = { baseDelay: 5 } as DeliveryPolicy;
  expect([1, 2, 5, 10, 11, 40].map((attempt) => retryDelay(attempt, policy, 0.5))).toEqual([
    2.5, 5, 40, 1_280, 1_800, 1_800,
  ]);
  expect(retryDelay(7, policy, 0)).toBe(0);
});

it('P3, H2.30: every status from 100 to 599 counts as something, and only those that may pass are tried again', () => {
  const statuses = Array.from({ length: 500 }, (_, index) => 100 + index);
  const retried = statuses.filter((status) => verdictOfStatus(status, []) === 'retry');
  const serverErrors = statuses.filter((status) => status >= 500 && status !== 501 && status !== 505);
  expect(retried).toEqual([408, 425, 429, ...serverErrors]);
  expect(statuses.filter((status) => verdictOfStatus(status, []) === 'succeeded')).toEqual(
    statuses.filter((status) => status >= 200 && status < 300),
  );
  expect(verdictOfStatus(409, [409])).toBe('not_found');
});

it('P3, H2.30: a certificate is tried three times, what cannot be cured once, and all else again', () => {
  const verdicts = (failure: CallFailureClass) => [1, 2, 3].map((attempt) => verdictOfFailure(failure, attempt));
  expect(verdicts('tls')).toEqual(['retry', 'retry', 'final']);
  for (const failure of ['blocked', 'too-large'] as const) expect(verdicts(failure)[0]).toBe('final');
  for (const failure of ['dns', 'refused', 'reset', 'timeout', 'protocol'] as const)
    expect(verdicts(failure)[2]).toBe('retry');
});
