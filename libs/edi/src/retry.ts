import type { DeliveryPolicy } from './policy';

/** What ended a call that brought no answer. */
export type CallFailureClass = 'dns' | 'refused' | 'reset' | 'timeout' | 'tls' | 'too-large' | 'blocked' | 'protocol';

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
  if (failure === 'blocked' || failure === 'too-large') return 'final';
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

/** What follows an attempt that may be tried again. Times are epoch milliseconds. */
export function nextAfter(attempt: number, policy: DeliveryPolicy, ageFrom: number, now: number, random: number): Next {
  if (attempt >= policy.maxAttempts)
    return { kind: 'dead', reason: `attempts_exhausted: ${attempt} of ${policy.maxAttempts}` };
  const due = now + retryDelay(attempt, policy, random) * 1_000;
  if (due > ageFrom + policy.maxAge * 1_000) {
    return { kind: 'expired', reason: `too_old: the next attempt would come after ${policy.maxAge} s` };
  }
  return { kind: 'retry', due };
}
