import type { CallAnswer, CallFailure, CallResult } from '../call-result';

/** A request as it goes over the wire. */
export interface HttpMessage {
  method: string;
  /** `https://host[:port]` */
  origin: string;
  /** The request-target, byte for byte: path and query. */
  target: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** A request of the scheme's own, e.g. for a token; guarded and bounded like every call. */
export type SendOwn = (
  request: { method: string; url: string; headers: Record<string, string>; body?: string },
  options: { deadlineMs: number },
) => Promise<CallResult>;

/**
 * A way to prove who calls that needs more than fixed headers, with its state (nonces, tokens). One object per
 * integration and credential, never shared; forgotten when either changes.
 */
export interface Scheme {
  /** The headers that go with this message; a failure when there can be none. Rejects never. */
  authorise(message: HttpMessage, send: SendOwn): AuthoriseResult | Promise<AuthoriseResult>;
  /**
   * Looks at what came back for the headers that `authorise` gave. `again`: something was learnt, e.g. a challenge, and
   * the same message may be sent once more. `tries` counts from 1. Without `review` every answer is taken as it is.
   */
  review?(answer: CallAnswer, message: HttpMessage, sent: Record<string, string>, tries: number): Review;
}

export type AuthoriseResult = { headers: Record<string, string> } | CallFailure;

export type Review =
  | { verdict: 'taken' }
  | { verdict: 'again' }
  /** The credentials were refused, or the service speaks a form of the scheme that we do not. */
  | { verdict: 'refused'; message: string; side: 'theirs' | 'ours' };

/** What schemes need of the world. */
export interface SchemeTools {
  /** Epoch milliseconds. */
  now(): number;
  randomBytes(count: number): Buffer;
}
