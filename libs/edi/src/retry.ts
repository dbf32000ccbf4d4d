import type { DeliveryPolicy } from './policy';

/** What ended a call that brought no answer. */
export type CallFailureClass =
  | 'dns'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'too-large'
  | 'blocked'
  | 'protocol'
  /** The egress proxy let nothing through. */
  | 'proxy'
  /** The credentials were refused. */
  | 'auth'
  /** No access token could be had just now. */
  | 'token'
  /** The call was given up here. */
  | 'cancelled';

/** How an attempt counts: done, to be tried again, or over for good. */
export type Verdict = 'succeeded' | 'not_found' | 'retry' | 'final';

const retriedStatuses = new Set([408, 425, 429]);
const finalServerErrors = new Set([501, 505]);

/** Sorts an HTTP status (reliability.md H2.30); `accept` are the policy's further good ends. */
export function verdictOfStatus(status: number, accept: number[]): Verdict {
  if (status >= 200 && status < 300) return 'succeeded';
  if (accept.includes(status)) return 'not_found';
  if (retriedStatuses.has(status)) return 'retry';
  return status >= 500 && status < 600 && !finalServerErrors.has(status) ? 'retry' : 'final';
}

const certificateTries = 3;

/** Sorts a call that brought no answer; a certificate error is tried three times in all. */
export function verdictOfFailure(failure: CallFailureClass, attempt: number): Verdict {
  if (failure === 'blocked' || failure === 'too-large' || failure === 'auth') return 'final';
  return failure === 'tls' && attempt >= certificateTries ? 'final' : 'retry';
}

const longestDelay = 3_600;

/**
 * Seconds until the next attempt: full jitter under a ceiling that doubles with each attempt made.
 * `attempt` counts from 1, `random` is 0 <= x < 1.
 */
export function retryDelay(attempt: number, { baseDelay }: DeliveryPolicy, random: number): number {
  return random * Math.min(longestDelay, baseDelay * 2 ** (attempt - 1));
}

/** When an event's age counts from: its datetime; one in the future counts as the time of acceptance. Epoch ms. */
export function ageStart(eventDatetime: string, acceptedAt: string): number {
  const happened = Date.parse(eventDatetime);
  const accepted = Date.parse(acceptedAt);
  return Number.isNaN(happened) ? accepted : Math.min(happened, accepted);
}

export type Next =
  { kind: 'retry'; due: number } | { kind: 'dead'; reason: string } | { kind: 'expired'; reason: string };

/** What follows an attempt that may be tried again. Times are epoch milliseconds; the next comes in `atLeastMs`. */
export function nextAfter(
  attempt: number,
  policy: DeliveryPolicy,
  ageFrom: number,
  now: number,
  random: number,
  atLeastMs = 0,
): Next {
  if (attempt >= policy.maxAttempts)
    return { kind: 'dead', reason: `attempts_exhausted: ${attempt} of ${policy.maxAttempts}` };
  const due = now + Math.max(retryDelay(attempt, policy, random) * 1_000, atLeastMs);
  if (due > ageFrom + policy.maxAge * 1_000) {
    return { kind: 'expired', reason: `too_old: the next attempt would come after ${policy.maxAge} s` };
  }
  return { kind: 'retry', due };
}

const longestRetryAfter = 24 * 3_600_000;

/**
 * Milliseconds that a Retry-After header asks to wait (RFC 9110, 10.2.3), 0 to 24 h; a past date is 0.
 * Undefined: there is none, or it is neither seconds nor a date.
 */
export function retryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const wait = /^-?\d+$/.test(text) ? Number(text) * 1_000 : httpDate(text, nowMs) - nowMs;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), longestRetryAfter);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const month = `(?<month>${months.join('|')})`;
const time = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';
// Date.parse would take far more than these, and differently from engine to engine.
const httpDates = [
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d\\d) ${month} (?<year>\\d{4}) ${time} GMT`,
  `(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-${month}-(?<year>\\d\\d) ${time} GMT`,
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} (?<day>[ \\d]\\d) ${time} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/** Epoch milliseconds of a date in one of HTTP's three forms (RFC 9110, 5.6.7), NaN for anything else. */
function httpDate(text: string, nowMs: number): number {
  const parts = httpDates.map((form) => form.exec(text)?.groups).find((found) => found);
  if (!parts) return NaN;
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(Number);
  const year = parts.year!.length === 2 ? nearestYear(Number(parts.year), nowMs) : Number(parts.year);
  const date = new Date(0);
  // Not Date.UTC: it reads the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(year, months.indexOf(parts.month!), day);
  const isDay = date.getUTCDate() === day;
  // The 60th second is a leap second's.
  if (!isDay || hour! > 23 || minute! > 59 || second! > 60) return NaN;
  return date.setUTCHours(hour!, minute, second);
}

/** Two digits mean the year that is at most 50 years ahead, or else the last one that ended so. */
function nearestYear(lastDigits: number, nowMs: number): number {
  const latest = new Date(nowMs).getUTCFullYear() + 50;
  return latest - ((((latest - lastDigits) % 100) + 100) % 100);
}
