import type { EntityManager } from 'typeorm';

/** Inserts rows given as objects named like the table's columns, in one statement; `conflict` is its on conflict clause. */
export async function insertRows(
  manager: EntityManager,
  table: string,
  columns: string[],
  rows: object[],
  conflict: string,
): Promise<{ id: string }[]> {
  if (rows.length === 0) return [];
  const names = columns.join(', ');
  return manager.query(
    `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, $1::json) ${conflict}`,
    [JSON.stringify(rows)],
  );
}
