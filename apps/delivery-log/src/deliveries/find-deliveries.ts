import type { DataSource } from 'typeorm';
import { Conditions, pageOf, writeCursor, type Page } from '../page';
import { integrationIdsNamed } from '../records/integration-names';
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

const newestFirst = 'order by accepted_at desc, id desc';

/** Rows that one page looks at for what no index answers. */
const examinedAtMost = 8_000;

/**
 * The deliveries for which all given filters hold, newest first. A page may hold fewer than asked for, even none, and yet
 * have a next one: what no index answers is looked for in so many rows at a time, so that no question takes long.
 */
export async function findDeliveries(dataSource: DataSource, query: DeliveriesQuery): Promise<Page<DeliveryRow>> {
  const named = query.integration === undefined ? [] : await integrationIdsNamed(dataSource.manager, query.integration);
  const indexed = indexedConditions(query, named);
  const others = examinedConditions(query, named, indexed);
  const examined = `(select * from deliveries ${indexed.where} ${newestFirst} limit ${examinedAtMost}) deliveries`;
  const from = others.none ? `deliveries ${indexed.where}` : `${examined} ${others.where}`;
  const rows: DeliveryRow[] = await dataSource.query(
    `select ${columns} from ${from} ${newestFirst} limit ${query.limit + 1}`,
    others.parameters,
  );
  const page = pageOf(rows, query.limit, ({ acceptedAt, id }) => ({ time: acceptedAt, id }));
  if (others.none || page.nextCursor !== null) return page;
  return { ...page, nextCursor: await afterExamined(dataSource, indexed) };
}

/** `named` are the integrations that are or were called as asked; without any an id was given. */
function indexedConditions(query: DeliveriesQuery, named: string[]): Conditions {
  const { integration, failureClass, side, text } = query;
  return (
    new Conditions()
      .add('conversation = ?', query.conversation)
      .add('contact_id = ?', query.contact)
      .add('event_id = ?', query.eventId)
      // One id alone lets the index give the order, too.
      .add('integration_id = any(?)', named.length > 1 ? named : undefined)
      .add('integration_id = ?', named.length > 1 ? undefined : (named[0] ?? integration))
      .add('status = ?', query.status)
      .add('failure_class = ?', failureClass)
      .add('side = ?', side)
      // Only failures have any of these; the index on failures is used for what is known to be one.
      .when((failureClass ?? side ?? text) !== undefined, `status <> 'succeeded'`)
      .add('http_status = ?', isIndexed(query.httpStatus) ? query.httpStatus : undefined)
      .add('accepted_at >= ?', query.from)
      .add('accepted_at < ?', query.to)
      .after(['accepted_at', 'id'], query.cursor)
  );
}

function examinedConditions(query: DeliveriesQuery, named: string[], indexed: Conditions): Conditions {
  const { event, httpStatus, text } = query;
  return new Conditions(indexed)
    .add('integration_name = ?', named.length > 0 ? query.integration : undefined)
    .add('event_name = ?', event)
    .add('http_status = ?', isIndexed(httpStatus) ? undefined : httpStatus)
    .add('reason ilike ?', text === undefined ? undefined : `%${text.replace(/[\\%_]/g, '\\$&')}%`);
}

/** Successes are so many that there is no index on them, and none is needed to find some. */
function isIndexed(httpStatus: number | undefined): boolean {
  return httpStatus !== undefined && httpStatus > 299;
}

/** The cursor after the last row looked at; null when the rows came to their end before. */
async function afterExamined(dataSource: DataSource, indexed: Conditions): Promise<string | null> {
  const rows: { time: Date; id: string }[] = await dataSource.query(
    `select accepted_at as time, id from deliveries ${indexed.where} ${newestFirst} offset ${examinedAtMost - 1} limit 1`,
    indexed.parameters,
  );
  return rows[0] ? writeCursor(rows[0]) : null;
}

/** One delivery, or undefined. */
export async function findDelivery(dataSource: DataSource, id: string): Promise<DeliveryRow | undefined> {
  if (!isUuid(id)) return undefined;
  const rows: DeliveryRow[] = await dataSource.query(`select ${columns} from deliveries where id = $1`, [id]);
  return rows[0];
}

/** The deliveries of events in the order in which they were tried; replays last. */
export function findDeliveriesOfEvents(dataSource: DataSource, eventIds: string[]): Promise<DeliveryRow[]> {
  return dataSource.query(
    `select ${columns} from deliveries where event_id = any($1)
     order by replay_id is not null, accepted_at, ordinal, id`,
    [eventIds],
  );
}

/** One try of a delivery as it is shown. */
export interface AttemptRow {
  id: string;
  deliveryId: string;
  number: number;
  [property: string]: unknown;
}

/** The attempts of deliveries, each delivery's first to last. */
export function findAttempts(dataSource: DataSource, deliveryIds: string[]): Promise<AttemptRow[]> {
  return dataSource.query(
    `select id, delivery_id as "deliveryId", number, started_at as "startedAt", duration_ms as "durationMs", http_status as "status",
       failure_class as "failureClass", failure, stage, side, timing
     from attempts where delivery_id = any($1) order by number`,
    [deliveryIds],
  );
}

/** The sealed part of a record, or undefined. */
export async function findSealed(dataSource: DataSource, recordId: string): Promise<string | undefined> {
  const rows: { sealed: string }[] = await dataSource.query('select sealed from records where id = $1', [recordId]);
  return rows[0]?.sealed;
}
