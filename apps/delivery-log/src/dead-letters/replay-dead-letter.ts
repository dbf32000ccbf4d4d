import { exchangeNames, jobRoutingKey, laneOf, messageTypes, type JobMessage } from '@patchbay/contracts';
import type { LifecycleEvent } from '@patchbay/edi';
import { PublishFailed, type OutgoingMessage, type Publisher } from '@patchbay/messaging';
import { Problem } from '@patchbay/service-kit';
import type { DataSource, EntityManager } from 'typeorm';
import { v5 } from 'uuid';
import { found } from '../not-found';
import type { Opened, Payloads } from '../payloads';
import { findDeadLetter, findReplayDelivery, type DeadLetterRow } from './find-dead-letters';

/** What replaying needs besides the database. */
export interface ReplayMeans {
  dataSource: DataSource;
  payloads: Payloads;
  publisher: Publisher;
  lanes: number;
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
 * Lets a dead letter's integration react to its event again, as a new delivery. A dead letter is replayed once: whoever
 * asks again, at the same time or later, gets the same replay; what dies again has a dead letter of its own.
 */
export function replayDeadLetter(means: ReplayMeans, request: ReplayRequest): Promise<Replay> {
  return means.dataSource.transaction(async (manager) => {
    const letter = found(
      await findDeadLetter(manager, request.deliveryId, 'for update'),
      'dead letter',
      request.deliveryId,
    );
    // Derived, so that a crash between publish and commit repeats the same replay, not another one.
    const replayId = v5('replay', letter.deliveryId);
    if (letter.status === 'replayed') return { replayId, deliveryId: await findReplayDelivery(manager, replayId) };
    await publish(means.publisher, replayMessage(means, letter, replayId, new Date().toISOString()));
    await markReplayed(manager, request, replayId);
    return { replayId };
  });
}

function replayMessage(
  { payloads, lanes }: ReplayMeans,
  letter: DeadLetterRow & { sealed: string },
  replayId: string,
  now: string,
): OutgoingMessage {
  const { deliveryId: replayOf, integrationId, conversation } = letter;
  const event = readable(payloads.eventOf(letter));
  const sealed = payloads.sealOrder(replayId, { replayId, replayOf, integrationId, event, acceptedAt: now });
  const job: JobMessage = { id: replayId, kind: 'replay', conversation, acceptedAt: now, due: now, sealed };
  return {
    exchange: exchangeNames.events,
    routingKey: jobRoutingKey(laneOf(conversation, lanes)),
    body: JSON.stringify(job),
    messageId: replayId,
    type: messageTypes.job,
    correlationId: event.contact.id,
  };
}

function readable(opened: Opened<LifecycleEvent>): LifecycleEvent {
  if ('value' in opened) return opened.value;
  throw new Problem(409, { title: 'Not replayable', detail: `The event of this dead letter: ${opened.fault}.` });
}

async function publish(publisher: Publisher, message: OutgoingMessage): Promise<void> {
  try {
    await publisher.publish(message);
  } catch (error) {
    if (!(error instanceof PublishFailed)) throw error;
    const detail = 'The broker did not confirm the replay; nothing was marked, try again.';
    throw new Problem(503, { title: 'Broker not available', detail, headers: { 'Retry-After': '5' } });
  }
}

async function markReplayed(manager: EntityManager, request: ReplayRequest, replayId: string): Promise<void> {
  await manager.query(
    `insert into replays (id, dead_letter_id, accepted_at, requested_by, idempotency_key) values ($1, $2, now(), $3, $4)
     on conflict (id) do nothing`,
    [replayId, request.deliveryId, request.requestedBy, request.idempotencyKey],
  );
  await manager.query(`update dead_letters set status = 'replayed', replay_id = $2 where delivery_id = $1`, [
    request.deliveryId,
    replayId,
  ]);
}
