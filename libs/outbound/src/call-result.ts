import type { FailureClass } from './failure-class';

/**
 * Milliseconds from the start of the call; the first three are durations, and there only when the call opened a
 * connection of its own. With a challenge or a token to fetch, those of the last exchange.
 */
export interface CallTiming {
  dnsMs?: number;
  connectMs?: number;
  tlsMs?: number;
  /** When the request went out. */
  sentMs?: number;
  /** When the status line had come. */
  firstByteMs?: number;
}

/** The service answered, with whatever status. Header names are lower case, repeated ones joined by ', '. */
export interface CallAnswer {
  kind: 'answer';
  status: number;
  headers: Record<string, string>;
  /** Decompressed. */
  body: Buffer;
  durationMs: number;
  timing: CallTiming;
}

/** No usable answer. Stage `before`: the request was not even tried and never will be as it is. */
export interface CallFailure {
  kind: 'failure';
  failureClass: FailureClass;
  stage: 'before' | 'call';
  /** Who has to act: the owner of the service, or whoever configures and runs Patchbay. */
  side: 'theirs' | 'ours';
  /** What is wrong, without addresses, headers or bodies. */
  message: string;
  durationMs: number;
  timing: CallTiming;
  /** HTTP status, where an answer came and could not be used. */
  status?: number;
}

export type CallResult = CallAnswer | CallFailure;
