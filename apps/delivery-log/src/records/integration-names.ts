import type { EntityManager } from 'typeorm';

/** Remembers under which names integrations go, for those who search by name. */
export async function noteIntegrationNames(
  manager: EntityManager,
  rows: { integration_id: string; integration_name: string }[],
): Promise<void> {
  const pairs = new Map(rows.map((row) => [`${row.integration_name}\n${row.integration_id}`, row]));
  // In an order that is the same in every process, so that writers never deadlock.
  const sorted = [...pairs.keys()].sort().map((key) => pairs.get(key)!);
  await manager.query(
    `insert into integration_names (name, integration_id) select * from unnest($1::text[], $2::text[])
     on conflict do nothing`,
    [sorted.map(({ integration_name }) => integration_name), sorted.map(({ integration_id }) => integration_id)],
  );
}

/** The ids of integrations that are or were called so. */
export async function integrationIdsNamed(manager: EntityManager, name: string): Promise<string[]> {
  const rows: { id: string }[] = await manager.query(
    'select integration_id as id from integration_names where name = $1',
    [name],
  );
  return rows.map(({ id }) => id);
}
