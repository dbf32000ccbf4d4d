import {
  AnswerTooComplex,
  compileResponse,
  debugSaves,
  nextAfter,
  readAnswer,
  readResponse,
  readSave,
  responseRoots,
  verdictOfFailure,
  verdictOfStatus,
  type AnswerReading,
  type CompiledResponse,
  type ResponseScope,
} from '@patchbay/edi';
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
    return failed(
      made,
      { failureClass: 'too-large', reason: response.message, stage: 'after' },
      'final',
      answer.status,
    );
  }
  const usable = response instanceof AnswerTooComplex ? undefined : response;
  if (verdict === 'retry' || verdict === 'final') {
    const reason = answer.status >= 300 && answer.status < 400 ? redirectSentence(answer) : `answered ${answer.status}`;
    return failed(
      made,
      { failureClass: `http_${answer.status}`, reason, stage: 'call' },
      verdict,
      answer.status,
      usable,
    );
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
    attempts: [attemptRecord(made, { status: answer.status })],
    ...fresh(reading, made),
    ...(answer.body.length > 0 && { answerExcerpt: excerpt(answer) }),
  };
}

/** What a call without an answer comes to. */
export function judgeFailure(made: Made, { failureClass, message, stage }: CallFailure): DeliveryOutcome {
  return failed(made, { failureClass, reason: message, stage }, verdictOfFailure(failureClass, made.number));
}

interface Failing {
  failureClass: string;
  reason: string;
  stage: 'before' | 'call' | 'after';
}

function failed(
  made: Made,
  failing: Failing,
  verdict: ReturnType<typeof verdictOfFailure>,
  status?: number,
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
    attempts: [attemptRecord(made, { ...(status !== undefined && { status }), ...failing })],
    set: {},
    ...saved,
    ...(response && { answerExcerpt: excerptOf(response) }),
  };
}

function endOfFailure(
  { attempt, request, policy, number, tools }: Made,
  failing: Failing,
  verdict: string,
): DeliveryEnd {
  if (verdict === 'final') return { status: 'dead', ...failing };
  const next = nextAfter(number, policy, attempt.ageFrom, tools.now(), tools.random());
  if (next.kind === 'dead')
    return { status: 'dead', ...failing, reason: `${next.reason}; the last: ${failing.reason}` };
  if (next.kind === 'expired') return { status: 'expired', reason: `${next.reason}; the last: ${failing.reason}` };
  const due = tools.now() + (next.due - tools.now()) / tools.timeScale;
  return { status: 'retrying', ...failing, due: dueOf(attempt, request.frozen, number, due) };
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
  facts: { status?: number; reason?: string; failureClass?: string; stage?: Failing['stage'] },
) {
  const { reason, ...rest } = facts;
  return {
    id: attemptIdOf(attempt.head.id, number),
    number,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: tools.now() - startedAt,
    ...rest,
    ...(reason !== undefined && { failure: reason }),
  };
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
