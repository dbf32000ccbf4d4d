import {
  AnswerTooComplex,
  compileResponse,
  debugSaves,
  nextAfter,
  policyOf,
  readAnswer,
  readResponse,
  readSave,
  RenderFault,
  renderFrozen,
  renderTarget,
  responseRoots,
  verdictOfFailure,
  verdictOfStatus,
  type AnswerReading,
  type CompiledResponse,
  type DeliveryPolicy,
  type FrozenRequest,
  type LifecycleEvent,
  type RequestTarget,
  type ResponseScope,
} from '@patchbay/edi';
import type { CallAnswer, CallFailure, Outbound } from '@patchbay/outbound';
import type { CallSlots } from './call-slots';
import type { ReadyIntegration } from './configuration';
import { withoutCall, type DeliveryEnd, type DeliveryHead, type DeliveryOutcome } from './delivery-outcome';
import { attemptIdOf } from './ids';
import type { DueDelivery } from './work';

/** What an attempt needs of the world. */
export interface CallTools {
  outbound: Outbound;
  slots: CallSlots;
  /** Epoch milliseconds. */
  now(): number;
  random(): number;
  /** Divides the waits between attempts; 1 but in tests. */
  timeScale: number;
}

/** One delivery to try: the event as the chain shows it to this integration. */
export interface Attempt {
  head: DeliveryHead;
  ready: ReadyIntegration;
  event: LifecycleEvent;
  /** Epoch milliseconds: age of attempts, and of a set. */
  ageFrom: number;
  setFrom: number;
  due: DueDelivery | undefined;
  setsDone: readonly string[];
  replayId: string | undefined;
  /** Aborted when the lane lost the message: whatever comes back then is nobody's. */
  lost: AbortSignal;
}

/** The lane lost the message while it was worked on; it will be given out again. */
export class WorkLost extends Error {
  constructor() {
    super('the broker took the message back');
    this.name = 'WorkLost';
  }
}

/** One attempt from start to end: in time ▸ render ▸ authorise ▸ call ▸ judge ▸ read. Throws WorkLost only. */
export async function deliver(attempt: Attempt, tools: CallTools): Promise<DeliveryOutcome> {
  const { head, ready, event, ageFrom } = attempt;
  const { compiled } = ready;
  const policy = policyOf(compiled.record.delivery, compiled.record.configuration, event.contact.channel_type);
  if (tools.now() > ageFrom + policy.maxAge * 1_000) {
    return withoutCall(head, {
      status: 'expired',
      reason: `too_old: older than ${policy.maxAge} s before its next attempt`,
    });
  }
  const request = render(attempt);
  if (request instanceof RenderFault) return unrenderable(head, request);
  if (compiled.url === 'echo') return echo({ attempt, request, policy, number: 1, startedAt: tools.now(), tools });
  return tools.slots.run(compiled.record.id, policy.concurrency, () => callAndJudge(attempt, request, policy, tools));
}

/** No network, authentication, retry or bulkhead: status 200 after no time, and its own request as the body. */
function echo(made: Made): DeliveryOutcome {
  const body = Buffer.from(made.request.frozen.body ?? '{}');
  const headers = { 'content-type': 'application/json' };
  return judgeAnswer(made, {
    kind: 'answer',
    status: 200,
    headers,
    body,
    durationMs: 0,
    timing: { sentMs: 0, firstByteMs: 0 },
  });
}

interface Rendered extends RequestTarget {
  frozen: FrozenRequest;
}

/** Draws when a delayed delivery is due; its body is made now. Undefined when the integration has no delay. */
export function delayed(attempt: Attempt, { now, random, timeScale }: CallTools): DeliveryOutcome | undefined {
  const { delay } = attempt.ready.compiled;
  if (!delay || attempt.due) return undefined;
  const request = render(attempt);
  if (request instanceof RenderFault) return unrenderable(attempt.head, request);
  const waitMs = (delay.min + random() * (delay.max - delay.min)) * 1_000;
  const due = dueOf(attempt, request.frozen, 0, now() + waitMs / timeScale);
  const end = {
    status: 'retrying',
    reason: `delayed by ${(waitMs / 1_000).toFixed(1)} s`,
    failureClass: 'delay',
    stage: 'before',
    due,
  };
  return withoutCall(attempt.head, end as DeliveryEnd);
}

function unrenderable(head: DeliveryHead, { code, path, message }: RenderFault): DeliveryOutcome {
  return withoutCall(head, {
    status: 'dead',
    reason: `${code}: ${path}: ${message}`,
    failureClass: code,
    stage: 'before',
  });
}

function render({ ready: { compiled, secrets }, event, due }: Attempt): Rendered | RenderFault {
  const scope = { event: event.event, contact: event.contact };
  try {
    const frozen = due?.frozen ?? renderFrozen(compiled, scope);
    if (compiled.url === 'echo') return { frozen, url: compiled.record.endpointUrl, headers: {} };
    return { frozen, ...renderTarget(compiled, scope, secrets) };
  } catch (error) {
    if (error instanceof RenderFault) return error;
    throw error;
  }
}

async function callAndJudge(
  attempt: Attempt,
  request: Rendered,
  policy: DeliveryPolicy,
  tools: CallTools,
): Promise<DeliveryOutcome> {
  const { lost, ready } = attempt;
  if (lost.aborted) throw new WorkLost();
  const startedAt = tools.now();
  const number = attempt.head.attemptCount + 1;
  const { frozen, url } = request;
  const result = await tools.outbound.call(
    {
      method: frozen.method,
      url,
      headers: headersOf(attempt, request, number, startedAt),
      ...(frozen.body !== undefined && { body: frozen.body }),
      poolKey: ready.compiled.record.id,
      verify: ready.compiled.verify,
    },
    { deadlineMs: ready.compiled.timeoutMs, signal: lost },
  );
  if (lost.aborted) throw new WorkLost();
  const made = { attempt, request, policy, number, startedAt, tools };
  return result.kind === 'answer' ? judgeAnswer(made, result) : judgeFailure(made, result);
}

/** System headers first, so that a configured Idempotency-Key, Accept or User-Agent replaces ours. */
function headersOf({ head, replayId }: Attempt, { headers, frozen }: Rendered, number: number, now: number) {
  const configured = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const ours = {
    accept: 'application/json, */*;q=0.5',
    'user-agent': 'Patchbay/1',
    'idempotency-key': head.key,
    'webhook-id': head.key,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'patchbay-attempt': String(number),
    ...(replayId !== undefined && { 'patchbay-replay': replayId }),
    ...(frozen.contentType !== undefined && { 'content-type': frozen.contentType }),
  };
  const missing = Object.entries(ours).filter(([name]) => !configured.has(name));
  return { ...Object.fromEntries(missing), ...headers };
}

/** An attempt that was made, on its way to an outcome. */
interface Made {
  attempt: Attempt;
  request: Rendered;
  policy: DeliveryPolicy;
  number: number;
  startedAt: number;
  tools: CallTools;
}

function judgeAnswer(made: Made, answer: CallAnswer): DeliveryOutcome {
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
  const roots = responseRoots(attempt.event, factsOf(made), usable);
  const templates = templatesOf(attempt);
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

function judgeFailure(made: Made, { failureClass, message, stage }: CallFailure): DeliveryOutcome {
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
  const roots = responseRoots(attempt.event, factsOf(made), response);
  const saved =
    end.status === 'retrying' ? { save: {}, notDone: [] } : readSave(debugSaves(templatesOf(attempt).save), roots);
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

function dueOf(
  { head, ready, due: before }: Attempt,
  frozen: FrozenRequest,
  attempts: number,
  due: number,
): DueDelivery {
  const { integrationId, integrationName, integrationVersion, ordinal, role } = head;
  const response = before?.response ?? ready.compiled.record.configuration.response ?? {};
  return { integrationId, integrationName, integrationVersion, ordinal, role, attempts, due, frozen, response };
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
