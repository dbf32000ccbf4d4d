import type { DataSource, EntityManager } from 'typeorm';
import { isUuid } from '../not-found';
import { Conditions, pageOf, type Page } from '../page';
import type { DeadLettersQuery } from './dead-letters-query.dto';

/** A dead letter as the lists show it. */
export interface DeadLetterRow {
  deliveryId: string;
  diedAt: Date;
  key: string;
  integrationId: string;
  conversation: string;
  status: 'waiting' | 'replayed';
  replayId: string | null;
  [property: string]: unknown;
}

const columns = `delivery_id as "deliveryId", accepted_at as "acceptedAt", died_at as "diedAt", key,
  event_id as "eventId", integration_id as "integrationId", integration_name as "integration",
  integration_version as "integrationVersion", conversation, channel, direction, event_name as "event", reason, stage,
  failure_class as "failureClass", attempt_count as "attemptCount", replay_of as "replayOf", status,
  replay_id as "replayId"`;

/** The dead letters for which all given filters hold, newest first. */
export async function findDeadLetters(dataSource: DataSource, query: DeadLettersQuery): Promise<Page<DeadLetterRow>> {
  const conditions = new Conditions()
    .add('(integration_id = ? or integration_name = ?)', query.integration)
    .add('conversation = ?', query.conversation)
    .add('status = ?', query.status)
    .after(['died_at', 'delivery_id'], query.cursor);
  const rows: DeadLetterRow[] = await dataSource.query(
    `select ${columns} from dead_letters ${conditions.where}
     order by died_at desc, delivery_id desc limit ${query.limit + 1}`,
    conditions.parameters,
  );
  return pageOf(rows, query.limit, ({ diedAt, deliveryId }) => ({ time: diedAt, id: deliveryId }));
}

/** The dead letters of these deliveries. */
export function findDeadLettersOf(dataSource: DataSource, deliveryIds: string[]): Promise<DeadLetterRow[]> {
  return dataSource.query(`select ${columns} from dead_letters where delivery_id = any($1)`, [deliveryIds]);
}

/** One dead letter with its sealed event, or undefined; `lock` keeps others from changing it until the transaction ends. */
export async function findDeadLetter(
  manager: EntityManager,
  deliveryId: string,
  lock: '' | 'for update' = '',
): Promise<(DeadLetterRow & { sealed: string }) | undefined> {
  if (!isUuid(deliveryId)) return undefined;
  const rows: (DeadLetterRow & { sealed: string })[] = await manager.query(
    `select ${columns}, sealed from dead_letters where delivery_id = $1 ${lock}`,
    [deliveryId],
  );
  return rows[0];
}

/** The delivery that a replay became, once it is recorded. */
export async function findReplayDelivery(manager: EntityManager, replayId: string): Promise<string | undefined> {
  const rows: { id: string }[] = await manager.query('select id from deliveries where replay_id = $1 limit 1', [
    replayId,
  ]);
  return rows[0]?.id;
}
