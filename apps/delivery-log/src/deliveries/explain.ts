import type { SealedDetail } from '@patchbay/contracts';
import type { DataSource } from 'typeorm';
import type { Opened, Payloads } from '../payloads';
import { found } from '../not-found';
import { findAttempts, findDeliveriesOfEvent, findDelivery, findSealed } from './find-deliveries';
import { findEvent } from './find-event';

/** A delivery with its attempts; what was set and saved, and the excerpt of the answer, for those who may see results. */
export async function explainDelivery(dataSource: DataSource, payloads: Payloads, id: string, seesResults: boolean) {
  const delivery = found(await findDelivery(dataSource, id), 'delivery', id);
  const attempts = await findAttempts(dataSource, id);
  if (!seesResults) return { ...delivery, attempts };
  const detail = await openDetail(dataSource, payloads, delivery.recordId);
  return { ...delivery, attempts, ...('value' in detail ? detail.value.results[id] : { unreadable: detail.fault }) };
}

/** Why an event did or did not cause something: what matched, what was left out, what came of it. */
export async function explainEvent(dataSource: DataSource, payloads: Payloads, id: string, seesPayload: boolean) {
  const event = found(await findEvent(dataSource, id), 'event', id);
  const deliveries = await findDeliveriesOfEvent(dataSource, id);
  if (!seesPayload) return { ...event, deliveries };
  const detail = await openDetail(dataSource, payloads, event.recordId);
  return {
    ...event,
    deliveries,
    ...('value' in detail ? { payload: detail.value.event } : { unreadable: detail.fault }),
  };
}

async function openDetail(dataSource: DataSource, payloads: Payloads, recordId: string): Promise<Opened<SealedDetail>> {
  const sealed = await findSealed(dataSource, recordId);
  return sealed === undefined ? { fault: 'the record is gone' } : payloads.detailOf({ id: recordId, sealed });
}
