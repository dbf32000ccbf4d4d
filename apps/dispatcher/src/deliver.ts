import { policyOf, RenderFault, type DeliveryPolicy } from '@patchbay/edi';
import type { CallResult, Permit } from '@patchbay/outbound';
import { admit, parked } from './admit';
import { dueOf, WorkLost, type Attempt, type CallTools, type Made, type Rendered } from './attempt';
import { callEndOf } from './call-end';
import { isParked, withoutCall, type DeliveryEnd, type DeliveryOutcome } from './delivery-outcome';
import { judgeAnswer, judgeFailure } from './judge';
import { headersOf, renderAttempt, unrenderable } from './render-attempt';

/** One attempt from start to end: in time ▸ render ▸ admit ▸ call ▸ judge ▸ read. Throws WorkLost only. */
export async function deliver(attempt: Attempt, tools: CallTools): Promise<DeliveryOutcome> {
  const outcome = await tryOnce(attempt, tools);
  if (!isParked(outcome)) tools.parking.leave(attempt.head.id);
  return outcome;
}

async function tryOnce(attempt: Attempt, tools: CallTools): Promise<DeliveryOutcome> {
  const { head, ready, event, ageFrom } = attempt;
  const { compiled } = ready;
  const policy = policyOf(compiled.record.delivery, compiled.record.configuration, event.contact.channel_type);
  if (tools.now() > ageFrom + policy.maxAge * 1_000) {
    return withoutCall(head, {
      status: 'expired',
      reason: `too_old: older than ${policy.maxAge} s before its next attempt`,
    });
  }
  if (policy.profile === 'at-most-once' && attempt.redelivered) return withoutCall(head, unknownOutcome);
  const request = renderAttempt(attempt);
  if (request instanceof RenderFault) return unrenderable(head, request);
  if (compiled.url === 'echo') return echo({ attempt, request, policy, number: 1, startedAt: tools.now(), tools });
  return tools.shares.hold(attempt.lane, head.integrationId, async () => {
    const admitted = await admit(attempt, policy, tools);
    if ('parked' in admitted) return parked(attempt, request, admitted, tools);
    return callAndJudge(attempt, request, policy, admitted, tools);
  });
}

/** The broker gave the message out before: whether the call was made then is not known, and it may not be made twice. */
const unknownOutcome: DeliveryEnd = {
  status: 'dead',
  reason: 'outcome_unknown: the message was given out before, and this integration is never called again on doubt',
  failureClass: 'outcome_unknown',
  stage: 'before',
};

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
    timing: {},
  });
}

/** Draws when a delayed delivery is due; its body is made now. Undefined when the integration has no delay. */
export function delayed(attempt: Attempt, { now, random, timeScale }: CallTools): DeliveryOutcome | undefined {
  const { delay } = attempt.ready.compiled;
  if (!delay || attempt.due) return undefined;
  const request = renderAttempt(attempt);
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

async function callAndJudge(
  attempt: Attempt,
  request: Rendered,
  policy: DeliveryPolicy,
  permit: Permit,
  tools: CallTools,
): Promise<DeliveryOutcome> {
  const startedAt = tools.now();
  const number = attempt.head.attemptCount + 1;
  try {
    const result = await call(attempt, request, number, startedAt, { ...tools, connections: policy.concurrency });
    const { end, retryAfterMs } = callEndOf(result, tools.now());
    permit.end(end, retryAfterMs);
    const made = { attempt, request, policy, number, startedAt, tools };
    return result.kind === 'answer' ? judgeAnswer(made, result) : judgeFailure(made, result);
  } finally {
    // Whatever was thrown says nothing about the service; after the first, it has no effect.
    permit.end('void');
  }
}

/** `connections`: no slot of the gate has to wait for one. */
async function call(
  attempt: Attempt,
  { frozen, url, ...rendered }: Rendered,
  number: number,
  startedAt: number,
  { outbound, reach, connections }: Pick<CallTools, 'outbound' | 'reach'> & { connections: number },
): Promise<CallResult> {
  const { lost, ready } = attempt;
  if (lost.aborted) throw new WorkLost();
  reach('before-call', attempt.event);
  const { compiled } = ready;
  const { id, version } = compiled.record;
  const result = await outbound.call(
    {
      method: frozen.method,
      url,
      headers: headersOf(attempt, { frozen, url, ...rendered }, number, startedAt),
      ...(frozen.body !== undefined && { body: frozen.body }),
      // With a changed integration connections are opened anew.
      poolKey: `${id} ${version}`,
      connections,
      verify: compiled.verify,
      proxy: compiled.proxy,
      ...(rendered.authorisation && { authorisation: rendered.authorisation }),
      hide: ready.hidden,
    },
    { deadlineMs: compiled.timeoutMs, signal: lost },
  );
  reach('after-answer', attempt.event);
  if (lost.aborted) throw new WorkLost();
  return result;
}
