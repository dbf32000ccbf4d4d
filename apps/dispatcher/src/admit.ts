import type { DeliveryPolicy } from '@patchbay/edi';
import type { Permit, Refusal } from '@patchbay/outbound';
import { dueOf, orderOf, type Attempt, type CallTools, type Rendered } from './attempt';
import { parkedClass, withoutCall, type DeliveryOutcome } from './delivery-outcome';

/** A delivery may go on to its call, or is parked for a reason and for about so long. */
export type Admission = Permit | { parked: Refusal['parked'] | 'behind' | 'share'; retryInMs: number };

/** Under this expected wait a service keeps up, however much it is asked. */
const flowingMs = 200;

const behindMs = 1_000;

/** What waits for a slow service comes back no sooner: each return costs as much as a call. */
const slowMs = 5_000;

/**
 * Whether a delivery may be tried now. It waits here for a slot as long as the wait is short; what would have to wait
 * long is parked instead, so that a lane never stalls behind one service.
 */
export function admit(
  attempt: Attempt,
  { concurrency, ratePerSecond }: DeliveryPolicy,
  { gates, parking, shares, share, now }: CallTools,
): Admission | Promise<Admission> {
  const { head, lane, event } = attempt;
  if (parking.isBehind(orderOf(event, head.integrationId), head.id, now()))
    return { parked: 'behind', retryInMs: behindMs };
  const gate = gates.of(head.integrationId);
  if (shares.isFull(lane, head.integrationId) && !gate.isQuick && gate.expectedWaitMs > flowingMs) {
    return { parked: 'share', retryInMs: gate.expectedWaitMs };
  }
  // A rate is for the whole system, slots are for each process.
  return gate.enter({ concurrency, ratePerSecond: ratePerSecond === undefined ? undefined : ratePerSecond * share() });
}

const sentences: Record<Exclude<Admission, Permit>['parked'], string> = {
  'breaker-open': 'most calls to the service failed of late, so none is made for a while',
  busy: 'the service is slow and others are waiting for it already',
  throttled: 'the service asked to be called less often',
  behind: 'an earlier delivery of the conversation waits for the service',
  share: 'the service is slow and holds its share of the lane already',
};

/** The delivery as it waits outside its lane; no attempt is used up. */
export function parked(
  attempt: Attempt,
  { frozen }: Rendered,
  { parked: why, retryInMs }: Exclude<Admission, Permit>,
  { parking, now }: CallTools,
): DeliveryOutcome {
  const { head, due, event } = attempt;
  const { id: deliveryId, integrationId } = head;
  const place = { deliveryId, integrationId, order: orderOf(event, integrationId) };
  const isSlow = why === 'busy' || why === 'share';
  const dueAt = parking.park(place, isSlow ? Math.max(slowMs, retryInMs) : retryInMs, now());
  const delivery = dueOf(attempt, frozen, head.attemptCount, dueAt, (due?.parkings ?? 0) + 1);
  return withoutCall(head, {
    status: 'retrying',
    reason: `parked: ${sentences[why]}`,
    failureClass: parkedClass,
    stage: 'before',
    due: delivery,
  });
}
