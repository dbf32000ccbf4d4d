import type { DataSource } from 'typeorm';
import { found } from '../not-found';
import type { Payloads } from '../payloads';
import { findDeadLetter, findReplayDelivery } from './find-dead-letters';

/** A dead letter with the delivery its replay became; the event itself for those who may see it. */
export async function explainDeadLetter(dataSource: DataSource, payloads: Payloads, id: string, seesPayload: boolean) {
  const letter = found(await findDeadLetter(dataSource.manager, id), 'dead letter', id);
  const { sealed, ...shown } = letter;
  const replayDeliveryId = letter.replayId ? await findReplayDelivery(dataSource.manager, letter.replayId) : undefined;
  if (!seesPayload) return { ...shown, replayDeliveryId };
  const event = payloads.eventOf({ deliveryId: letter.deliveryId, sealed });
  return { ...shown, replayDeliveryId, ...('value' in event ? { payload: event.value } : { unreadable: event.fault }) };
}
