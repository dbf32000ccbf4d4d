import type { Logger } from '@patchbay/service-kit';
import type { DataSource, EntityManager } from 'typeorm';
import { dayOfPartition, type Day } from './day';
import { takeTurns } from './make-partition';
import { partitionedTables, type PartitionedTable } from './partitioned-tables';
import type { Partitions } from './partitions';

/** Kept as long, yet not split by day. */
const wholeTables = ['acceptances', 'waiting_jobs'];

/** Rows outside of partitions are deleted so many at a time. */
const deletedAtOnce = 10_000;

/**
 * Makes the partitions of the days ahead, gives the rows of the default partition their own where their day is kept, and
 * drops what is older than is kept. Any number of replicas may do it at the same time.
 */
export async function keepPartitions(
  dataSource: DataSource,
  partitions: Partitions,
  logger: Pick<Logger, 'info'>,
): Promise<void> {
  await partitions.prepareAhead();
  for (const day of await strayDays(dataSource)) if (partitions.isKept(day)) await partitions.make(day);
  for (const one of partitionedTables) await dropOld(dataSource, one, partitions, logger);
  for (const table of wholeTables) await deleteOld(dataSource, table, 'accepted_at', partitions.oldest);
}

/** Days with rows in a default partition. */
async function strayDays(dataSource: DataSource): Promise<Set<Day>> {
  const days = new Set<Day>();
  for (const { table, time } of partitionedTables) {
    const rows: { day: Day }[] = await dataSource.query(
      `select distinct to_char(${time} at time zone 'utc', 'YYYY-MM-DD') as day from ${table}_default
       where isfinite(${time})`,
    );
    for (const { day } of rows) days.add(day);
  }
  return days;
}

async function dropOld(
  dataSource: DataSource,
  { table, time }: PartitionedTable,
  partitions: Partitions,
  logger: Pick<Logger, 'info'>,
): Promise<void> {
  for (const name of await partitionsOf(dataSource, table)) {
    const day = dayOfPartition(name);
    if (day === undefined || day >= partitions.oldest) continue;
    const dropped = await dataSource.transaction((manager) => drop(manager, name));
    partitions.forget(day);
    if (dropped) logger.info({ partition: name, oldest: partitions.oldest }, 'dropped what is older than is kept');
  }
  await deleteOld(dataSource, `${table}_default`, time, partitions.oldest);
}

async function partitionsOf(dataSource: DataSource, table: string): Promise<string[]> {
  const rows: { name: string }[] = await dataSource.query(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::regclass order by 1`,
    [table],
  );
  return rows.map(({ name }) => name);
}

/** Whether it was still there. Dropping shuts out the whole table, so it must not queue behind a long question. */
async function drop(manager: EntityManager, name: string): Promise<boolean> {
  await manager.query(takeTurns);
  await manager.query(`set local lock_timeout = '2s'`);
  const [{ present }]: [{ present: boolean }] = await manager.query('select to_regclass($1) is not null as present', [
    name,
  ]);
  if (present) await manager.query(`drop table ${name}`);
  return present;
}

async function deleteOld(dataSource: DataSource, table: string, time: string, oldest: Day): Promise<void> {
  for (let deleted = deletedAtOnce; deleted === deletedAtOnce;) {
    const rows: [unknown, number] = await dataSource.query(
      `delete from ${table} where ctid = any(array(select ctid from ${table} where ${time} < $1 limit ${deletedAtOnce}))`,
      [`${oldest}T00:00:00Z`],
    );
    deleted = rows[1];
  }
}
