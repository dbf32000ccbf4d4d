import {
  AnswerTooComplex,
  compileResponse,
  debugSaves,
  nextAfter,
  readAnswer,
  readResponse,
  readSave,
  responseRoots,
  retryAfter,
  verdictOfFailure,
  verdictOfStatus,
  type AnswerReading,
  type CompiledResponse,
  type ResponseScope,
} from '@patchbay/edi';
import type { AttemptRecord, AttemptTiming, Side, Stage } from '@patchbay/contracts';
import type { CallAnswer, CallFailure } from '@patchbay/outbound';
import { dueOf, type Attempt, type Made } from './attempt';
import type { DeliveryEnd, DeliveryOutcome } from './delivery-outcome';
import { attemptIdOf } from './ids';

/** What an answer comes to: taken, to be tried again, or over. */
export function judgeAnswer(made: Made, answer: CallAnswer): DeliveryOutcome {
  const { attempt, request, policy, number } = made;
  const verdict = verdictOfStatus(answer.status, policy.accept);
  const response = readSafely(answer);
  if (verdict === 'succeeded' && response instanceof AnswerTooComplex) {
    const failing: Failing = { failureClass: 'too-large', reason: response.message, stage: 'after', side: 'theirs' };
    return failed(made, { ...failing, ...partsOf(answer) }, 'final');
  }
  const usable = response instanceof AnswerTooComplex ? undefined : response;
  if (verdict === 'retry' || verdict === 'final') {
    const reason = answer.status >= 300 && answer.status < 400 ? redirectSentence(answer) : `answered ${answer.status}`;
    const failing: Failing = { failureClass: `http_${answer.status}`, reason, stage: 'call', side: 'theirs' };
    const outcome = failed(
      made,
      { ...failing, ...partsOf(answer), atLeastMs: waitAskedFor(answer, made) },
      verdict,
      usable,
    );
    return suspends(made, answer) ? { ...outcome, suspends: true } : outcome;
  }
  const templates = templatesOf(attempt);
  const roots = responseRoots(attempt.event, factsOf(made), usable, templates);
  const reading: AnswerReading =
    verdict === 'succeeded'
      ? readAnswer(templates, attempt.event, roots, attempt.setsDone)
      : { set: {}, ...readSave(debugSaves(templates.save), roots) };
  return {
    head: { ...attempt.head, attemptCount: number, method: request.frozen.method, url: withoutQuery(request.url) },
    end: { status: 'succeeded', ...(verdict === 'not_found' && { failureClass: 'not_found' }) },
    attempts: [attemptRecord(made, partsOf(answer))],
    ...fresh(reading, made),
    ...(answer.body.length > 0 && { answerExcerpt: excerpt(answer) }),
  };
}

/** What a call without an answer comes to. */
export function judgeFailure(made: Made, failure: CallFailure): DeliveryOutcome {
  const { failureClass, message: reason, stage, side, status, timing } = failure;
  const failing = { failureClass, reason, stage, side, status, timing };
  return failed(made, failing, verdictOfFailure(failureClass, made.number));
}

/** What an attempt came to, beside its id, number and times. */
interface AttemptParts {
  status?: number | undefined;
  timing?: AttemptTiming;
}

interface Failing extends AttemptParts {
  failureClass: string;
  reason: string;
  stage: Stage;
  side: Side;
  /** The service asked for at least so much time. */
  atLeastMs?: number | undefined;
}

function partsOf({ status, timing }: CallAnswer): AttemptParts {
  return { status, timing };
}

function waitAskedFor({ headers }: CallAnswer, { tools }: Made): number | undefined {
  return retryAfter(headers['retry-after'], tools.now());
}

/** Only a call that no event changes can say of the whole integration that it is gone for good. */
function suspends({ attempt }: Made, { status }: CallAnswer): boolean {
  return status === 410 && attempt.ready.compiled.suspendsWhenGone;
}

function failed(
  made: Made,
  failing: Failing,
  verdict: ReturnType<typeof verdictOfFailure>,
  response?: ResponseScope,
): DeliveryOutcome {
  const { attempt, request, number } = made;
  const end = endOfFailure(made, failing, verdict);
  const templates = templatesOf(attempt);
  const roots = responseRoots(attempt.event, factsOf(made), response, templates);
  const saved = end.status === 'retrying' ? { save: {}, notDone: [] } : readSave(debugSaves(templates.save), roots);
  return {
    head: { ...attempt.head, attemptCount: number, method: request.frozen.method, url: withoutQuery(request.url) },
    end,
    attempts: [attemptRecord(made, failing)],
    set: {},
    ...saved,
    ...(response && { answerExcerpt: excerptOf(response) }),
  };
}

function endOfFailure(
  { attempt, request, policy, number, tools }: Made,
  { failureClass, reason, stage, atLeastMs }: Failing,
  verdict: string,
): DeliveryEnd {
  if (verdict === 'final') return { status: 'dead', failureClass, reason, stage };
  const now = tools.now();
  const next = nextAfter(number, policy, attempt.ageFrom, now, tools.random(), atLeastMs);
  const last = `${next.kind === 'retry' ? '' : next.reason}; the last: ${reason}`;
  if (next.kind === 'dead') return { status: 'dead', failureClass, reason: last, stage };
  if (next.kind === 'expired') return { status: 'expired', reason: last };
  const due = now + (next.due - now) / tools.timeScale;
  return { status: 'retrying', failureClass, reason, stage, due: dueOf(attempt, request.frozen, number, due) };
}

/** A set obtained too late is not published; the save is. */
function fresh(reading: AnswerReading, { attempt, policy, tools }: Made): AnswerReading {
  if (tools.now() <= attempt.setFrom + policy.setMaxAge * 1_000) return reading;
  const stale = Object.keys(reading.set).map((name) => ({
    name,
    reason: `stale: the event is older than ${policy.setMaxAge} s`,
  }));
  return { ...reading, set: {}, notDone: [...reading.notDone, ...stale] };
}

/** The response part as it was at the first attempt. */
function templatesOf({ due, ready }: Attempt): CompiledResponse {
  return due ? compileResponse(due.response, { faults: [], warnings: [] }) : ready.compiled.response;
}

function readSafely(answer: CallAnswer): ResponseScope | AnswerTooComplex {
  try {
    return readResponse({ ...answer, durationSeconds: answer.durationMs / 1_000 });
  } catch (error) {
    if (error instanceof AnswerTooComplex) return error;
    throw error;
  }
}

function factsOf({ attempt, request }: Made) {
  return { configId: attempt.head.integrationId, method: request.frozen.method, url: request.url };
}

function attemptRecord(
  { attempt, number, startedAt, tools }: Made,
  { status, timing, failureClass, reason, stage, side }: AttemptParts & Partial<Failing>,
): AttemptRecord {
  return {
    id: attemptIdOf(attempt.head.id, number),
    number,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: tools.now() - startedAt,
    ...(status !== undefined && { status }),
    ...(failureClass !== undefined && { failureClass, failure: reason, stage, side }),
    ...(timing && { timing: rounded(timing) }),
  };
}

/** To the microsecond: more digits say nothing. */
function rounded(timing: AttemptTiming): AttemptTiming {
  return Object.fromEntries(Object.entries(timing).map(([name, ms]) => [name, Math.round(ms * 1_000) / 1_000]));
}

function redirectSentence({ status, headers }: CallAnswer): string {
  const target = headers['location'];
  const where = target === undefined ? 'elsewhere' : `to ${withoutQuery(target).slice(0, 200)}`;
  return `answered ${status}, a redirect ${where}; redirects are not followed, so configure the final address`;
}

function withoutQuery(url: string): string {
  return url.split(/[?#]/, 1)[0]!;
}

const excerptLength = 2_000;

function excerpt(answer: CallAnswer): string {
  return answer.body.subarray(0, excerptLength).toString('utf8');
}

function excerptOf({ body, text }: ResponseScope): string {
  return (text ?? JSON.stringify(body ?? '')).slice(0, excerptLength);
}
