import { setTimeout as elapse } from 'node:timers/promises';

/** How long waits grow: the first is at most `shortestMs`, doubling up to `longestMs`. */
export interface BackOff {
  shortestMs: number;
  longestMs: number;
}

/** A wait in milliseconds before attempt 0, 1, 2, ...: anything between nothing and the ceiling ("full jitter"). */
export function fullJitter(attempt: number, { shortestMs, longestMs }: BackOff, random = Math.random()): number {
  return random * Math.min(longestMs, shortestMs * 2 ** attempt);
}

/** Waits; returns early, without a throw, when the signal is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await elapse(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** The promise's value, or an Error naming `what` when it takes longer. */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  const done = new AbortController();
  const limit = elapse(milliseconds, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${milliseconds} ms: ${what}`);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    limit.catch(() => undefined);
    done.abort();
  }
}

/** One listener for each signal, however often it is asked about: loops ask, and what is raced cannot be taken back. */
const abortions = new WeakMap<AbortSignal, Promise<void>>();

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const known = abortions.get(signal);
  if (known) return known;
  const abortion = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  abortions.set(signal, abortion);
  return abortion;
}
