import type { EntityManager } from 'typeorm';

/** A row of what was accepted: `acceptance` is the id of the event or replay that it belongs to. */
export interface AcceptedRow {
  acceptance: string;
  accepted_at: string;
}

/**
 * Gives rows the time at which what they belong to was accepted first, and remembers it. The same event, published again,
 * is accepted at another time, and would else be other rows in another partition. Rows are changed in place.
 */
export async function settleAcceptances(manager: EntityManager, rows: AcceptedRow[]): Promise<void> {
  const times = new Map<string, string>();
  for (const { acceptance, accepted_at } of rows) if (!times.has(acceptance)) times.set(acceptance, accepted_at);
  // In an order that is the same in every process, so that writers never deadlock.
  const ids = [...times.keys()].sort();
  const fresh: { id: string }[] = await manager.query(
    `insert into acceptances (id, accepted_at) select * from unnest($1::text[], $2::timestamptz[])
     on conflict (id) do nothing returning id`,
    [ids, ids.map((id) => times.get(id))],
  );
  if (fresh.length < ids.length) await readTimes(manager, times, new Set(fresh.map(({ id }) => id)));
  for (const row of rows) row.accepted_at = times.get(row.acceptance)!;
}

async function readTimes(manager: EntityManager, times: Map<string, string>, fresh: Set<string>): Promise<void> {
  const known: { id: string; accepted_at: string }[] = await manager.query(
    'select id, accepted_at::text from acceptances where id = any($1)',
    [[...times.keys()].filter((id) => !fresh.has(id))],
  );
  for (const { id, accepted_at } of known) times.set(id, accepted_at);
}
