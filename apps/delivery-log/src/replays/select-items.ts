import type { EntityManager } from 'typeorm';
import { replayIdOf, type Operation } from './operation';
import { conditionsOf } from './replay-filter';

/** So many deliveries become items in one transaction, whatever the size of the whole. */
const chunk = 2_000;

/**
 * Takes the next deliveries of the selection over into items, oldest first; what another operation has replayed, or
 * will, is an item that is skipped. Other operations have their turn after it. Returns whether that was all.
 */
export async function selectItems(manager: EntityManager, operation: Operation): Promise<boolean> {
  const chosen = await choose(manager, operation);
  if (chosen.length > 0) await insertItems(manager, operation, chosen);
  const last = chosen.at(-1);
  const complete = chosen.length < chunk;
  await manager.query(
    `update replay_operations set selected_to_time = coalesce($2, selected_to_time),
       selected_to_id = coalesce($3, selected_to_id), selected_at = case when $4 then now() end,
       next_at = now() where id = $1`,
    [operation.id, last?.acceptedAt, last?.id, complete],
  );
  return complete;
}

/** `acceptedAt` as text: a Date would lose the microseconds that the order goes by. */
function choose(manager: EntityManager, { id, filter, createdAt }: Operation) {
  const conditions = conditionsOf(filter, createdAt).add(
    `(d.accepted_at, d.id) > (select coalesce(selected_to_time, '-infinity'),
       coalesce(selected_to_id, '00000000-0000-0000-0000-000000000000') from replay_operations where id = ?)`,
    id,
  );
  return manager.query<{ id: string; acceptedAt: string }[]>(
    `select d.id, d.accepted_at::text as "acceptedAt" from deliveries d ${conditions.where}
     order by d.accepted_at, d.id limit ${chunk}`,
    conditions.parameters,
  );
}

/** The unique index decides who has a delivery when two operations want it at the same time. */
async function insertItems(manager: EntityManager, { id }: Operation, chosen: { id: string }[]): Promise<void> {
  await manager.query(
    `with before as (select coalesce(max(ordinal), 0) as ordinal from replay_items where operation_id = $1),
     chosen as (
       select before.ordinal + position as ordinal, delivery_id, replay_id
       from before, unnest($2::uuid[], $3::text[]) with ordinality as list (delivery_id, replay_id, position)
     ), added as (
       insert into replay_items (operation_id, ordinal, delivery_id, replay_id, state)
       select $1, ordinal, delivery_id, replay_id, 'waiting' from chosen order by ordinal
       on conflict (delivery_id) where state in ('waiting', 'published') do nothing
       returning ordinal
     )
     insert into replay_items (operation_id, ordinal, delivery_id, replay_id, state, reason)
     select $1, ordinal, delivery_id, replay_id, 'skipped', 'already replayed'
     from chosen where ordinal not in (select ordinal from added)`,
    [id, chosen.map((one) => one.id), chosen.map((one) => replayIdOf(id, one.id))],
  );
}
