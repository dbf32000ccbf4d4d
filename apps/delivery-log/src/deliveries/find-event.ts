import type { DataSource } from 'typeorm';
import { Conditions, pageOf, type Page } from '../page';
import type { EventsQuery } from './events-query.dto';

/** What is known of an event, without its payload. */
export interface EventRow {
  id: string;
  recordId: string;
  acceptedAt: Date;
  configRevision: number;
  matchedCount: number;
  /** Ids of integrations that matched after three had started. */
  leftOut: string[];
  [property: string]: unknown;
}

const columns = `id, record_id as "recordId", accepted_at as "acceptedAt", recorded_at as "recordedAt", conversation,
  contact_id as "contactId", channel, direction, event_name as "event", event_datetime as "eventDatetime",
  queue_id as "queueId", lane, config_revision::int as "configRevision", matched_count as "matchedCount",
  left_out as "leftOut"`;

const position = ({ acceptedAt, id }: EventRow) => ({ time: acceptedAt, id });

/** The event's record, or undefined. */
export async function findEvent(dataSource: DataSource, id: string): Promise<EventRow | undefined> {
  const rows: EventRow[] = await dataSource.query(`select ${columns} from events where id = $1`, [id]);
  return rows[0];
}

/** The events for which all given filters hold, newest first. */
export async function findEvents(dataSource: DataSource, query: EventsQuery): Promise<Page<EventRow>> {
  const conditions = new Conditions()
    .add('conversation = ?', query.conversation)
    .when(query.matched === 'none', 'matched_count = 0')
    .when(query.matched === 'some', 'matched_count > 0')
    .add('accepted_at >= ?', query.from)
    .add('accepted_at < ?', query.to)
    .after(['accepted_at', 'id'], query.cursor);
  const rows: EventRow[] = await dataSource.query(
    `select ${columns} from events ${conditions.where} order by accepted_at desc, id desc limit ${query.limit + 1}`,
    conditions.parameters,
  );
  return pageOf(rows, query.limit, position);
}

/** The events of a conversation in the order in which they were accepted. */
export async function findEventsOfConversation(
  dataSource: DataSource,
  conversation: string,
  { cursor, limit }: { cursor?: string; limit: number },
): Promise<Page<EventRow>> {
  const conditions = new Conditions()
    .add('conversation = ?', conversation)
    .after(['accepted_at', 'id'], cursor, 'oldest first');
  const rows: EventRow[] = await dataSource.query(
    `select ${columns} from events ${conditions.where} order by accepted_at, id limit ${limit + 1}`,
    conditions.parameters,
  );
  return pageOf(rows, limit, position);
}
