import type { DataSource } from 'typeorm';

/** What is known of an event, without its payload. */
export interface EventRow {
  id: string;
  recordId: string;
  [property: string]: unknown;
}

/** The event's record, or undefined. */
export async function findEvent(dataSource: DataSource, id: string): Promise<EventRow | undefined> {
  const rows: EventRow[] = await dataSource.query(
    `select id, record_id as "recordId", accepted_at as "acceptedAt", recorded_at as "recordedAt", conversation,
       contact_id as "contactId", channel, direction, event_name as "event", event_datetime as "eventDatetime",
       queue_id as "queueId", lane, config_revision::int as "configRevision", matched_count as "matchedCount",
       left_out as "leftOut"
     from events where id = $1`,
    [id],
  );
  return rows[0];
}
