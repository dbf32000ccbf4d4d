import type { ClientCredentials } from '@patchbay/edi';
import type { CallFailure, CallResult } from '../call-result';
import type { AuthoriseResult, Scheme, SchemeTools, SendOwn } from './scheme';
import { readTokenAnswer } from './token-answer';
import { tokenRequest } from './token-request';

const fetchDeadlineMs = 10_000;
const minuteMs = 60_000;

/** OAuth 2 with client credentials: one token for all calls, fetched when there is none that lasts. */
export function createOAuthScheme(credentials: ClientCredentials, { now }: Pick<SchemeTools, 'now'>): Scheme {
  const request = tokenRequest(credentials);
  let current: { token: string; until: number } | undefined;
  let fetching: Promise<AuthoriseResult> | undefined;

  async function fetchToken(send: SendOwn): Promise<AuthoriseResult> {
    // Its life began somewhere between question and answer; the earlier end is the safe one.
    const askedAt = now();
    const result = await send(request, { deadlineMs: fetchDeadlineMs });
    if (result.kind === 'failure') return notFetched(result);
    const answer = readTokenAnswer(result);
    if (answer.kind === 'none') return noToken(result, answer);
    current = { token: answer.token, until: askedAt + usableMs(answer.lifetimeMs) };
    return bearer(answer.token);
  }

  return {
    authorise(_, send) {
      if (current && now() < current.until) return bearer(current.token);
      // Not any caller's own: one who stops waiting leaves it to the others.
      fetching ??= fetchToken(send).finally(() => (fetching = undefined));
      return fetching;
    },
    review({ status }, _, sent, tries) {
      if (status !== 401) return { verdict: 'taken' };
      if (tries > 1)
        return { verdict: 'refused', message: 'auth_failed: the service refused a fresh token', side: 'theirs' };
      // Another call may have put a fresh one in its place already.
      if (current && sent['authorization'] === bearer(current.token).headers.authorization) current = undefined;
      return { verdict: 'again' };
    },
  };
}

function bearer(token: string) {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** Up to 30 s before the end, so that it does not expire on its way; of a short life, half. */
function usableMs(lifetimeMs: number): number {
  return lifetimeMs < minuteMs ? lifetimeMs / 2 : lifetimeMs - minuteMs / 2;
}

const doing = 'fetching the access token';

function notFetched(failure: CallFailure): CallFailure {
  const { failureClass, stage, message } = failure;
  // What was not even tried, or was stopped by us, is what it is; it says nothing about the token endpoint.
  const kept = stage === 'before' || failureClass === 'cancelled';
  const { status: _, ...rest } = failure;
  return { ...rest, failureClass: kept ? failureClass : 'token', message: `${doing}: ${message}` };
}

/** Without the status: it is not the service's. */
function noToken(
  { durationMs, timing }: Extract<CallResult, { kind: 'answer' }>,
  { why, retryable }: { why: string; retryable: boolean },
): CallFailure {
  const message = `${doing}: ${why}`;
  const facts = retryable
    ? ({ failureClass: 'token', side: 'theirs' } as const)
    : ({ failureClass: 'auth', side: 'ours' } as const);
  return { kind: 'failure', ...facts, stage: 'call', message, durationMs, timing };
}
