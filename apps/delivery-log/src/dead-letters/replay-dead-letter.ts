import { Problem } from '@patchbay/service-kit';
import type { DataSource, EntityManager } from 'typeorm';
import { v5 } from 'uuid';
import { found } from '../not-found';
import { replayIdOf } from '../replays/operation';
import { sendItems, settleItems, takeItems, type SendingTools } from '../replays/send-items';
import { findDeadLetter, findReplayDelivery } from './find-dead-letters';

/** What replaying needs. */
export interface ReplayMeans extends SendingTools {
  dataSource: DataSource;
}

export interface ReplayRequest {
  deliveryId: string;
  requestedBy: string;
  idempotencyKey: string | undefined;
}

/** `deliveryId` is there once the new delivery is recorded. */
export interface Replay {
  replayId: string;
  deliveryId?: string;
}

/**
 * Lets a dead letter's integration react to its event again, as a new delivery: an operation of one item that is done
 * when this resolves. A dead letter is replayed once: whoever asks again, at the same time or later, or as part of an
 * operation, gets the same replay; what dies again has a dead letter of its own.
 */
export function replayDeadLetter(means: ReplayMeans, request: ReplayRequest): Promise<Replay> {
  return means.dataSource.transaction(async (manager) => {
    const { deliveryId } = found(
      await findDeadLetter(manager, request.deliveryId, 'for update'),
      'dead letter',
      request.deliveryId,
    );
    // Derived, so that a crash between publish and commit repeats the same replay, not another one.
    const operationId = v5('replay', deliveryId);
    const replayId = await claim(manager, operationId, deliveryId);
    if (replayId !== replayIdOf(operationId, deliveryId) || !(await isNew(manager, operationId, request))) {
      return { replayId, deliveryId: await findReplayDelivery(manager, replayId) };
    }
    await send(manager, operationId, means);
    return { replayId };
  });
}

/** Makes the delivery this operation's, unless it is another's already; answers the replay that it is part of. */
async function claim(manager: EntityManager, operationId: string, deliveryId: string): Promise<string> {
  const values = [operationId, deliveryId, replayIdOf(operationId, deliveryId)];
  await manager.query(
    `insert into replay_items (operation_id, ordinal, delivery_id, replay_id, state) values ($1, 1, $2, $3, 'waiting')
     on conflict (delivery_id) where state in ('waiting', 'published') do nothing`,
    values,
  );
  const [item]: { replayId: string }[] = await manager.query(
    `select replay_id as "replayId" from replay_items where delivery_id = $1 and state in ('waiting', 'published')`,
    [deliveryId],
  );
  return item!.replayId;
}

/** Notes the operation; false when it is there already. */
async function isNew(
  manager: EntityManager,
  operationId: string,
  { deliveryId, requestedBy, idempotencyKey }: ReplayRequest,
): Promise<boolean> {
  const inserted: object[] = await manager.query(
    `insert into replay_operations (id, state, filter, configuration, keys, rate_per_second, found, request_id, single,
       created_at, requested_by, started_at, started_by, selected_at, finished_at, next_at)
     values ($1, 'done', $2, 'now', 'same', 1, 1, $3, true, now(), $4, now(), $4, now(), now(), now())
     on conflict (id) do nothing returning id`,
    [operationId, JSON.stringify({ ids: [deliveryId] }), idempotencyKey, requestedBy],
  );
  return inserted.length > 0;
}

async function send(manager: EntityManager, operationId: string, means: ReplayMeans): Promise<void> {
  const items = await takeItems(manager, operationId, 1);
  const sent = await sendItems(items, { configuration: 'now', keys: 'same' }, means);
  for (const { sent: end } of sent) {
    if (end === 'published') continue;
    if ('refused' in end)
      throw new Problem(409, { title: 'Not replayable', detail: `This dead letter: ${end.refused}.` });
    const detail = 'The broker did not confirm the replay; nothing was marked, try again.';
    throw new Problem(503, { title: 'Broker not available', detail, headers: { 'Retry-After': '5' } });
  }
  await settleItems(manager, operationId, sent);
}
