import type { DeliveryPolicy, FrozenRequest, LifecycleEvent, RequestTarget } from '@patchbay/edi';
import type { Gates, Outbound } from '@patchbay/outbound';
import type { ReadyIntegration } from './configuration';
import type { DeliveryHead } from './delivery-outcome';
import type { Reach } from './failpoints';
import type { LaneShares } from './lane-shares';
import type { Parking } from './parking';
import type { Suspensions } from './suspensions';
import type { DueDelivery } from './work';

/** What an attempt needs of the world. */
export interface CallTools {
  outbound: Outbound;
  /** Breaker, pace and concurrency of each integration. */
  gates: Gates;
  parking: Parking;
  shares: LaneShares;
  suspensions: Suspensions;
  reach: Reach;
  /** Epoch milliseconds. */
  now(): number;
  random(): number;
  /** The part of the system's limits that is this process's: more than 0, at most 1. */
  share(): number;
  /** Divides the waits between attempts; 1 but in tests. */
  timeScale: number;
}

/** One delivery to try: the event as the chain shows it to this integration. */
export interface Attempt {
  head: DeliveryHead;
  ready: ReadyIntegration;
  event: LifecycleEvent;
  lane: number;
  /** Epoch milliseconds: age of attempts, and of a set. */
  ageFrom: number;
  setFrom: number;
  due: DueDelivery | undefined;
  setsDone: readonly string[];
  replayId: string | undefined;
  /** Whether the broker had given the work out before. */
  redelivered: boolean;
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

/** The request of one attempt: what is frozen for the delivery, and what is made anew. */
export interface Rendered extends RequestTarget {
  frozen: FrozenRequest;
}

/** An attempt that was made, on its way to an outcome. */
export interface Made {
  attempt: Attempt;
  request: Rendered;
  policy: DeliveryPolicy;
  number: number;
  startedAt: number;
  tools: CallTools;
}

/** What later deliveries of the same conversation and integration wait behind. */
export function orderOf({ contact }: LifecycleEvent, integrationId: string): string {
  return `${contact.guid}\n${integrationId}`;
}

/** The delivery as it waits for its next attempt or its turn; `due` in epoch milliseconds. Rounds are never forgotten. */
export function dueOf(
  { head, ready, due: before }: Attempt,
  frozen: FrozenRequest,
  attempts: number,
  due: number,
  parkings = before?.parkings ?? 0,
): DueDelivery {
  const { integrationId, integrationName, integrationVersion, ordinal, role } = head;
  const response = before?.response ?? ready.compiled.record.configuration.response ?? {};
  // Whole milliseconds, as in the job's own due time: a fraction would be lost there and make the job early.
  const at = Math.ceil(due);
  const delivery = { integrationId, integrationName, integrationVersion, ordinal, role, attempts, due: at, frozen };
  return { ...delivery, response, ...(parkings > 0 && { parkings }) };
}
