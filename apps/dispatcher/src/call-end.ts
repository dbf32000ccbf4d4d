import { retryAfter, verdictOfFailure, verdictOfStatus } from '@patchbay/edi';
import type { CallEnd, CallFailure, CallResult } from '@patchbay/outbound';

/** What a call says about the health of its service, for the breaker and the pace; `now` in epoch milliseconds. */
export function callEndOf(result: CallResult, now: number): { end: CallEnd; retryAfterMs?: number } {
  if (result.kind === 'failure') return { end: endOfFailure(result) };
  const retryAfterMs = retryAfter(result.headers['retry-after'], now);
  if (result.status === 429) return { end: 'throttled', ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return { end: verdictOfStatus(result.status, []) === 'retry' ? 'failing' : 'healthy' };
}

function endOfFailure({ failureClass, side }: CallFailure): CallEnd {
  // The service answered, only too much.
  if (failureClass === 'too-large') return 'healthy';
  return side === 'ours' || verdictOfFailure(failureClass, 1) === 'final' ? 'void' : 'failing';
}
