import type { DeliveryRecord, EventRecord, SealedDetail } from '@patchbay/contracts';

/** One line of the live feed: where a delivery stands. */
export function liveEntry(record: EventRecord, delivery: DeliveryRecord) {
  const last = delivery.attempts.at(-1);
  return {
    at: record.recordedAt,
    conversation: record.conversation,
    channel: record.channel,
    direction: record.direction,
    event: record.eventName,
    integration: delivery.integrationName,
    status: delivery.status,
    reason: delivery.reason,
    httpStatus: last?.status,
    durationMs: last?.durationMs,
    attempt: delivery.attemptCount,
    deliveryId: delivery.id,
  };
}

/** The same with what was set and saved, for those who may see it. */
export function withResults(entry: ReturnType<typeof liveEntry>, detail: SealedDetail | undefined) {
  const { set, save } = detail?.results[entry.deliveryId] ?? {};
  return { ...entry, set, save };
}
