import type { FailureClass } from './failure-class';

/** Milliseconds: until the request went out (queue, DNS, connect, TLS), and until the status line came. */
export interface CallTiming {
  sentMs: number;
  firstByteMs: number;
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
  /** What is wrong, without addresses, headers or bodies. */
  message: string;
  durationMs: number;
}

export type CallResult = CallAnswer | CallFailure;
