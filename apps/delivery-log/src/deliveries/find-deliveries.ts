import type { DataSource } from 'typeorm';
import { Conditions, pageOf, type Page } from '../page';
import { isUuid } from '../not-found';
import type { DeliveriesQuery } from './deliveries-query.dto';

/** A delivery as the lists show it: no values, only names of what was set and saved. */
export interface DeliveryRow {
  id: string;
  recordId: string;
  eventId: string;
  acceptedAt: Date;
  recordedAt: Date;
  [property: string]: unknown;
}

const columns = `id, record_id as "recordId", event_id as "eventId", accepted_at as "acceptedAt",
  recorded_at as "recordedAt", conversation, contact_id as "contactId", channel, direction, event_name as "event",
  event_datetime as "eventDatetime", queue_id as "queueId", lane, config_revision::int as "configRevision", key,
  integration_id as "integrationId", integration_name as "integration", integration_version as "integrationVersion",
  ordinal, role, status, reason, failure_class as "failureClass", stage, side, method, url,
  http_status as "httpStatus", duration_ms as "durationMs", attempt_count as "attemptCount", next_attempt_at as "nextAttemptAt",
  set_names as "setNames", save_keys as "saveKeys", not_done as "notDone", replay_of as "replayOf",
  replay_id as "replayId"`;

/** The deliveries for which all given filters hold, newest first. */
export async function findDeliveries(dataSource: DataSource, query: DeliveriesQuery): Promise<Page<DeliveryRow>> {
  const conditions = new Conditions()
    .add('conversation = ?', query.conversation)
    .add('(integration_id = ? or integration_name = ?)', query.integration)
    .add('event_name = ?', query.event)
    .add('status = ?', query.status)
    .add('side = ?', query.side)
    .add('event_id = ?', query.eventId)
    .after(['accepted_at', 'id'], query.cursor);
  const rows: DeliveryRow[] = await dataSource.query(
    `select ${columns} from deliveries ${conditions.where} order by accepted_at desc, id desc limit ${query.limit + 1}`,
    conditions.parameters,
  );
  return pageOf(rows, query.limit, ({ acceptedAt, id }) => ({ time: acceptedAt, id }));
}

/** One delivery, or undefined. */
export async function findDelivery(dataSource: DataSource, id: string): Promise<DeliveryRow | undefined> {
  if (!isUuid(id)) return undefined;
  const rows: DeliveryRow[] = await dataSource.query(`select ${columns} from deliveries where id = $1`, [id]);
  return rows[0];
}

/** The deliveries of an event in the order in which they were tried; replays last. */
export function findDeliveriesOfEvent(dataSource: DataSource, eventId: string): Promise<DeliveryRow[]> {
  return dataSource.query(
    `select ${columns} from deliveries where event_id = $1 order by replay_id is not null, accepted_at, ordinal, id`,
    [eventId],
  );
}

/** The attempts of a delivery, first to last. */
export function findAttempts(dataSource: DataSource, deliveryId: string): Promise<object[]> {
  return dataSource.query(
    `select id, number, started_at as "startedAt", duration_ms as "durationMs", http_status as "status",
       failure_class as "failureClass", failure, stage, side, timing
     from attempts where delivery_id = $1 order by number`,
    [deliveryId],
  );
}

/** The sealed part of a record, or undefined. */
export async function findSealed(dataSource: DataSource, recordId: string): Promise<string | undefined> {
  const rows: { sealed: string }[] = await dataSource.query('select sealed from records where id = $1', [recordId]);
  return rows[0]?.sealed;
}
