import { policyOf, RenderFault, type DeliveryPolicy } from '@patchbay/edi';
import { dueOf, WorkLost, type Attempt, type CallTools, type Made, type Rendered } from './attempt';
import { withoutCall, type DeliveryEnd, type DeliveryOutcome } from './delivery-outcome';
import { judgeAnswer, judgeFailure } from './judge';
import { headersOf, renderAttempt, unrenderable } from './render-attempt';

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
  if (policy.profile === 'at-most-once' && attempt.redelivered) return withoutCall(head, unknownOutcome);
  const request = renderAttempt(attempt);
  if (request instanceof RenderFault) return unrenderable(head, request);
  if (compiled.url === 'echo') return echo({ attempt, request, policy, number: 1, startedAt: tools.now(), tools });
  return tools.slots.run(compiled.record.id, policy, () => callAndJudge(attempt, request, policy, tools));
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
    timing: { sentMs: 0, firstByteMs: 0 },
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
