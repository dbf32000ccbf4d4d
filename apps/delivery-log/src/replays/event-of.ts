import type { LifecycleEvent } from '@patchbay/edi';
import type { Opened, Payloads } from '../payloads';

/** Where the event of a delivery lies: in the event's record, else in the dead letter. */
export interface SealedEvent {
  deliveryId: string;
  recordId: string | null;
  recordSealed: string | null;
  letterSealed: string | null;
}

/** The event that a delivery reacted to, or why it cannot be had. */
export function eventOf(
  payloads: Payloads,
  { deliveryId, recordId, recordSealed, letterSealed }: SealedEvent,
): Opened<LifecycleEvent> {
  let fault = 'its record is gone';
  if (recordId !== null && recordSealed !== null) {
    const detail = payloads.detailOf({ id: recordId, sealed: recordSealed });
    if ('value' in detail && detail.value.event) return { value: detail.value.event };
    if ('fault' in detail) ({ fault } = detail);
  }
  return letterSealed === null ? { fault } : payloads.eventOf({ deliveryId, sealed: letterSealed });
}
