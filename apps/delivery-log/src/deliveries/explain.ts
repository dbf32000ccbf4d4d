import type { SealedDetail } from '@patchbay/contracts';
import type { DataSource } from 'typeorm';
import type { Opened, Payloads } from '../payloads';
import { found } from '../not-found';
import { findAttempts, findDeliveriesOfEvents, findDelivery, findSealed } from './find-deliveries';
import { findEvent } from './find-event';

/** A delivery with its attempts; what was set and saved, and the excerpt of the answer, for those who may see results. */
export async function explainDelivery(dataSource: DataSource, payloads: Payloads, id: string, seesResults: boolean) {
  const delivery = found(await findDelivery(dataSource, id), 'delivery', id);
  const attempts = await findAttempts(dataSource, [id]);
  if (!seesResults) return { ...delivery, attempts };
  const detail = await openDetail(dataSource, payloads, delivery.recordId);
  return { ...delivery, attempts, ...('value' in detail ? detail.value.results[id] : { unreadable: detail.fault }) };
}

/** Why an event did or did not cause something: what matched, what was left out, what came of it. */
export async function explainEvent(dataSource: DataSource, payloads: Payloads, id: string, seesPayload: boolean) {
  const event = found(await findEvent(dataSource, id), 'event', id);
  const deliveries = await findDeliveriesOfEvents(dataSource, [id]);
  if (!seesPayload) return { ...event, deliveries };
  const detail = await openDetail(dataSource, payloads, event.recordId);
  if ('fault' in detail) return { ...event, deliveries, unreadable: detail.fault };
  const { event: payload } = detail.value;
  return { ...event, deliveries, payload, explain: { ...whereExplained, body: { event: payload } } };
}

/** The record tells that integrations did not match; config-service compares rule by rule, by what is configured now. */
const whereExplained = { service: 'config-service', method: 'POST', path: '/v1/explain' };

async function openDetail(dataSource: DataSource, payloads: Payloads, recordId: string): Promise<Opened<SealedDetail>> {
  const sealed = await findSealed(dataSource, recordId);
  return sealed === undefined ? { fault: 'the record is gone' } : payloads.detailOf({ id: recordId, sealed });
}
