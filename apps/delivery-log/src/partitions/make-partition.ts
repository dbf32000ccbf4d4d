import type { DataSource, EntityManager } from 'typeorm';
import { addDays, partitionName, type Day } from './day';
import { partitionedTables, type PartitionedTable } from './partitioned-tables';

/** Those who make and drop partitions take turns, in every replica. */
export const takeTurns = `select pg_advisory_xact_lock(hashtext('delivery-log partitions'))`;

/** Makes the partitions of a day in every table, where they are missing. */
export async function makePartitions(dataSource: DataSource, day: Day): Promise<void> {
  for (const one of partitionedTables) {
    await dataSource.transaction(async (manager) => {
      await manager.query(takeTurns);
      await makePartition(manager, one, day);
    });
  }
}

/**
 * Attached rather than created in place: that would shut out readers and writers of the whole table. What the default
 * partition holds of the day moves along, for PostgreSQL refuses a partition whose rows are there.
 */
async function makePartition(manager: EntityManager, { table, time }: PartitionedTable, day: Day): Promise<void> {
  const name = partitionName(table, day);
  const [{ present }]: [{ present: boolean }] = await manager.query('select to_regclass($1) is not null as present', [
    name,
  ]);
  if (present) return;
  const [from, to] = [`'${day}T00:00:00Z'`, `'${addDays(day, 1)}T00:00:00Z'`];
  await manager.query(`create table ${name} (like ${table} including all)`);
  await manager.query(
    `with moved as (delete from ${table}_default where ${time} >= ${from} and ${time} < ${to} returning *)
     insert into ${name} select * from moved`,
  );
  await manager.query(`alter table ${table} attach partition ${name} for values from (${from}) to (${to})`);
}
