import type { DataSource } from 'typeorm';
import { found, isUuid } from '../not-found';
import { Conditions, pageOf, type Page } from '../page';
import { countItems } from './find-items';
import { operationColumns, type Operation } from './operation';
import type { ReplaysQuery } from './replay.dto';

/** How far an operation is; `total` is what the filter found until everything is selected. */
export interface Progress {
  total: number;
  /** Confirmed by the broker, whatever became of them. */
  published: number;
  succeeded: number;
  failed: number;
  skipped: number;
  cancelled: number;
  /** Published, and not over yet. */
  underway: number;
  remaining: number;
  /** Published a second, over the last ten. */
  perSecond: number;
  /** Until the last is published; null while it does not run. */
  etaSeconds: number | null;
}

/** Operations by state, newest first. */
export async function findOperations(dataSource: DataSource, query: ReplaysQuery): Promise<Page<Operation>> {
  const conditions = new Conditions().add('state = ?', query.state).after(['created_at', 'id'], query.cursor);
  const rows: Operation[] = await dataSource.query(
    `select ${operationColumns} from replay_operations ${conditions.where}
     order by created_at desc, id desc limit ${query.limit + 1}`,
    conditions.parameters,
  );
  return pageOf(rows, query.limit, ({ createdAt, id }) => ({ time: createdAt, id }));
}

/** One operation; throws 404 when there is none. */
export async function findOperation(dataSource: DataSource, id: string): Promise<Operation> {
  const rows: Operation[] = isUuid(id)
    ? await dataSource.query(`select ${operationColumns} from replay_operations where id = $1`, [id])
    : [];
  return found(rows[0], 'replay', id);
}

/** An operation with its progress. */
export async function explainOperation(dataSource: DataSource, id: string) {
  const operation = await findOperation(dataSource, id);
  return { ...operation, progress: await progressOf(dataSource, operation) };
}

async function progressOf(dataSource: DataSource, operation: Operation): Promise<Progress> {
  const counts = await countItems(dataSource, operation.id);
  const { perSecond, published } = await countPublished(dataSource, operation.id);
  const count = (status: Parameters<(typeof counts)['get']>[0]) => counts.get(status) ?? 0;
  const selected = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const total = operation.selectedAt || operation.state === 'cancelled' ? selected : operation.found;
  const remaining = count('waiting') + (total - selected);
  const running = operation.state === 'running';
  return {
    total,
    published,
    succeeded: count('succeeded'),
    failed: count('failed'),
    skipped: count('skipped'),
    cancelled: count('cancelled'),
    underway: count('published'),
    remaining,
    perSecond,
    etaSeconds: running ? Math.ceil(remaining / operation.ratePerSecond) : null,
  };
}

/** The pace is at most 1000 a second, so ten seconds are among the last 10,000. */
async function countPublished(dataSource: DataSource, operationId: string) {
  const [row]: { perSecond: number; published: number }[] = await dataSource.query(
    `select (select count(*)::int from replay_items where operation_id = $1 and state = 'published') as published,
       (select count(*)::float8 / 10 from (
         select published_at from replay_items where operation_id = $1 and state = 'published'
         order by ordinal desc limit 10000
       ) as last where published_at > now() - interval '10 seconds') as "perSecond"`,
    [operationId],
  );
  return row!;
}
