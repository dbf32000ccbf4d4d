import type { DataSource, EntityManager } from 'typeorm';
import { operationColumns, type Operation } from './operation';
import { selectItems } from './select-items';
import { sendItems, settleItems, takeItems, type SendingTools } from './send-items';

/** Batches a second at most: at a lower pace they are of one item. */
const batchesPerSecond = 10;
const waitAfterProblemMs = 1_000;

/**
 * Does the next piece of work of one running operation that is due: selects, or sends a batch, or ends it. Everything
 * happens in one transaction that locks the operation: of all processes one works on it at a time, pausing waits for
 * the batch, and what a crash interrupts is done again by whoever comes next, as the same replays. Returns the
 * operation as it was found, or undefined when none was due.
 */
export function runBatch(
  dataSource: DataSource,
  tools: SendingTools,
): Promise<{ operation: Operation; ended: boolean } | undefined> {
  return dataSource.transaction(async (manager) => {
    const [operation]: Operation[] = await manager.query(
      `select ${operationColumns} from replay_operations where state = 'running' and next_at <= now()
       order by next_at limit 1 for update skip locked`,
    );
    if (!operation) return undefined;
    if (!operation.selectedAt) {
      await selectItems(manager, operation);
      return { operation, ended: false };
    }
    return { operation, ended: await sendBatch(manager, operation, tools) };
  });
}

/** Milliseconds until an operation is due; undefined when none runs. */
export async function msUntilDue(dataSource: DataSource): Promise<number | undefined> {
  const [row]: { ms: number | null }[] = await dataSource.query(
    `select extract(epoch from min(next_at) - clock_timestamp())::float8 * 1000 as ms
     from replay_operations where state = 'running'`,
  );
  return row?.ms == null ? undefined : Math.max(0, row.ms);
}

async function sendBatch(manager: EntityManager, operation: Operation, tools: SendingTools): Promise<boolean> {
  const { id, ratePerSecond } = operation;
  const size = Math.ceil(ratePerSecond / batchesPerSecond);
  const items = await takeItems(manager, id, size);
  if (items.length === 0) {
    await manager.query(
      `update replay_operations set state = 'done', finished_at = now(), problem = null where id = $1`,
      [id],
    );
    return true;
  }
  const sent = await sendItems(items, operation, tools);
  await settleItems(manager, id, sent);
  const problem = sent.flatMap(({ sent: end }) => (typeof end === 'object' && 'later' in end ? [end.later] : []))[0];
  const waitMs = problem === undefined ? (size / ratePerSecond) * 1_000 : waitAfterProblemMs;
  // From when it was due, so that the pace is kept on average; what was missed longer ago is not caught up on.
  await manager.query(
    `update replay_operations set problem = $2,
       next_at = greatest(next_at, now() - make_interval(secs => $3::float8 / 1000)) + make_interval(secs => $3::float8 / 1000)
     where id = $1`,
    [id, problem, waitMs],
  );
  return false;
}
