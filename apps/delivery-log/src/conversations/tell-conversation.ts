import type { DataSource } from 'typeorm';
import { findDeadLettersOf, type DeadLetterRow } from '../dead-letters/find-dead-letters';
import { findAttempts, findDeliveriesOfEvents, type AttemptRow, type DeliveryRow } from '../deliveries/find-deliveries';
import { findEventsOfConversation, type EventRow } from '../deliveries/find-event';
import { found } from '../not-found';
import type { Page } from '../page';

/** A delivery as the timeline shows it; a replay names in `replayOf` what it replays. */
export interface ToldDelivery extends DeliveryRow {
  attempts: AttemptRow[];
  deadLetter?: DeadLetterRow;
}

/** An event with what came of it. */
export interface ToldEvent extends Omit<EventRow, 'leftOut'> {
  /** In the order in which they were tried, replays last; skipped ones with their reason. */
  deliveries: ToldDelivery[];
  leftOut: { integrationId: string; reason: string }[];
}

const whyLeftOut = 'it matched after three integrations had started';

/** What happened in a conversation, oldest first: its events, what each caused and what not and why. No payloads. */
export async function tellConversation(
  dataSource: DataSource,
  id: string,
  query: { cursor?: string; limit: number },
): Promise<Page<ToldEvent>> {
  const page = await findEventsOfConversation(dataSource, id, query);
  if (query.cursor === undefined) found(page.items[0], 'conversation', id);
  const deliveries = await findDeliveriesOfEvents(dataSource, idsOf(page.items));
  const attempts = await findAttempts(dataSource, idsOf(deliveries));
  const deadLetters = await findDeadLettersOf(dataSource, idsOf(deliveries));
  const told = deliveries.map((delivery): ToldDelivery => {
    const deadLetter = deadLetters.find(({ deliveryId }) => deliveryId === delivery.id);
    const own = attempts.filter(({ deliveryId }) => deliveryId === delivery.id);
    return { ...delivery, attempts: own, ...(deadLetter && { deadLetter }) };
  });
  const items = page.items.map((event) => ({
    ...event,
    deliveries: told.filter(({ eventId }) => eventId === event.id),
    leftOut: event.leftOut.map((integrationId) => ({ integrationId, reason: whyLeftOut })),
  }));
  return { ...page, items };
}

function idsOf(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
