import { rungs } from '@patchbay/contracts';

/** What is parked: one delivery that waits outside its lane for its service, with no attempt used up. */
export interface Parked {
  deliveryId: string;
  integrationId: string;
  /** Conversation and integration: later deliveries of the same order wait behind. */
  order: string;
}

/** What is parked may come back this many times a second in one process; more would cost more than it brings. */
const mostReturnsPerSecond = 200;

/** Longer than this nothing waits that could be called again, however much is parked. */
const longestWaitMs = 300_000;

/** How long after its due time a delivery that has not come back is taken to have gone elsewhere. */
const graceMs = 60_000;

/**
 * Who is parked, as this process knows it: how many per integration, and in which order per conversation. Only memory:
 * the jobs themselves wait in the broker, and all of a conversation come back to the one owner of its lane.
 */
export class Parking {
  private readonly entries = new Map<string, Parked & { until: number }>();
  /** Delivery ids by order, oldest first. */
  private readonly orders = new Map<string, Set<string>>();
  private readonly counts = new Map<string, number>();

  /** `timeScale` divides the rungs' waits, as in the topology. */
  constructor(private readonly timeScale = 1) {}

  /** Whether an earlier delivery of this order is parked. Times are epoch milliseconds. */
  isBehind(order: string, deliveryId: string, now: number): boolean {
    for (const other of this.orders.get(order) ?? []) {
      if (other === deliveryId) return false;
      if (this.entries.get(other)!.until > now) return true;
      this.leave(other);
    }
    return false;
  }

  /** Notes that a delivery is parked, perhaps again; gives its due time. */
  park(parked: Parked, retryInMs: number, now: number): number {
    this.forgetGone(now);
    const { deliveryId, integrationId, order } = parked;
    const isNew = !this.entries.delete(deliveryId);
    if (isNew) {
      this.counts.set(integrationId, this.count(integrationId) + 1);
      this.orders.set(order, (this.orders.get(order) ?? new Set()).add(deliveryId));
    }
    const due = now + waitOf(this.count(integrationId), retryInMs, this.timeScale);
    this.entries.set(deliveryId, { ...parked, until: due + graceMs });
    return due;
  }

  /** Notes that a delivery is not parked any more; unknown ones do no harm. */
  leave(deliveryId: string): void {
    const entry = this.entries.get(deliveryId);
    if (!entry) return;
    const { integrationId, order } = entry;
    this.entries.delete(deliveryId);
    const left = this.count(integrationId) - 1;
    if (left > 0) this.counts.set(integrationId, left);
    else this.counts.delete(integrationId);
    const waiting = this.orders.get(order)!;
    waiting.delete(deliveryId);
    if (waiting.size === 0) this.orders.delete(order);
  }

  /** How many deliveries of an integration are parked. */
  count(integrationId: string): number {
    return this.counts.get(integrationId) ?? 0;
  }

  /** The lane of some may have moved to another process: they are not ours to wait for. */
  private forgetGone(now: number): void {
    for (const { deliveryId, until } of this.entries.values()) {
      if (until > now) return;
      this.leave(deliveryId);
    }
  }
}

/** The one rung for an integration: long enough for so many, else the longest within the wait that was asked for. */
function waitOf(parked: number, retryInMs: number, timeScale: number): number {
  const usable = rungs.filter(({ milliseconds }) => milliseconds <= longestWaitMs);
  const waits = usable.map(({ milliseconds }) => milliseconds / timeScale);
  const longEnough = waits.findIndex((wait) => (parked * 1_000) / wait <= mostReturnsPerSecond);
  const wanted = waits.findLastIndex((wait) => wait <= retryInMs);
  return waits[Math.max(longEnough === -1 ? waits.length - 1 : longEnough, wanted, 0)]!;
}
