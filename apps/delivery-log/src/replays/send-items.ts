import type { Integration } from '@patchbay/edi';
import { PublishFailed, type OutgoingMessage, type Publisher } from '@patchbay/messaging';
import type { EntityManager } from 'typeorm';
import type { Payloads } from '../payloads';
import { NoAnswer, type IntegrationVersions } from './integration-versions';
import { replayMessage, type ReplayItem } from './replay-message';
import type { Operation } from './operation';

/** What sending needs besides the database. */
export interface SendingTools {
  payloads: Payloads;
  publisher: Publisher;
  lanes: number;
  /** Undefined where config-service is not known: nothing can be replayed as it was then. */
  versions: IntegrationVersions | undefined;
}

/** What came of one item: published, refused for good, or to be sent again for a reason that lies elsewhere. */
export type Sent = 'published' | { refused: string } | { later: string };

export interface SentItem {
  item: TakenItem;
  sent: Sent;
}

/** An item, or what is left of one whose delivery was removed after it was selected. */
export type TakenItem = ReplayItem | { ordinal: number; integrationId: null };

/** The next items of an operation in order, locked until the transaction ends. */
export function takeItems(manager: EntityManager, operationId: string, limit: number): Promise<TakenItem[]> {
  return manager.query(
    `select i.ordinal, i.delivery_id as "deliveryId", i.replay_id as "replayId",
       coalesce(d.integration_id, l.integration_id) as "integrationId",
       coalesce(d.integration_version, l.integration_version) as "integrationVersion",
       coalesce(d.conversation, l.conversation) as "conversation", coalesce(d.key, l.key) as "key",
       coalesce(e.accepted_at, d.accepted_at, l.accepted_at) as "eventAcceptedAt",
       r.id as "recordId", r.sealed as "recordSealed", l.sealed as "letterSealed"
     from replay_items i
     left join deliveries d on d.id = i.delivery_id
     left join events e on e.id = d.event_id left join records r on r.id = e.record_id
     left join dead_letters l on l.delivery_id = i.delivery_id
     where i.operation_id = $1 and i.state = 'waiting' order by i.ordinal limit $2 for update of i`,
    [operationId, limit],
  );
}

/** Publishes the items' replays in order and waits until the broker has confirmed each, or has not. */
export async function sendItems(
  items: TakenItem[],
  operation: Pick<Operation, 'configuration' | 'keys'>,
  tools: SendingTools,
): Promise<SentItem[]> {
  const sending: Promise<SentItem>[] = [];
  for (const item of items) {
    const message = await prepare(item, operation, tools);
    // What cannot be asked now could not be asked for the others either, and they stay behind this one.
    if ('later' in message) return [...(await Promise.all(sending)), { item, sent: message }];
    sending.push(publish(item, message, tools.publisher));
  }
  return Promise.all(sending);
}

async function prepare(
  item: TakenItem,
  { configuration, keys }: Pick<Operation, 'configuration' | 'keys'>,
  { payloads, lanes, versions }: SendingTools,
): Promise<OutgoingMessage | Exclude<Sent, 'published'>> {
  if (item.integrationId === null) return { refused: 'its record is gone' };
  const record = configuration === 'then' ? await recordOf(item, versions) : undefined;
  if (record && 'later' in record) return record;
  if (configuration === 'then' && !record) {
    return { refused: `version ${item.integrationVersion} of its integration is gone` };
  }
  const message = replayMessage(item, { payloads, lanes, now: new Date().toISOString(), keys, record });
  return 'unreadable' in message ? { refused: `its event cannot be read: ${message.unreadable}` } : message;
}

async function recordOf(
  { integrationId, integrationVersion }: ReplayItem,
  versions: IntegrationVersions | undefined,
): Promise<Integration | undefined | { later: string }> {
  if (!versions) return { later: 'this process does not know config-service' };
  try {
    return await versions.versionOf(integrationId, integrationVersion);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { later: error.message };
  }
}

async function publish(
  item: TakenItem,
  message: OutgoingMessage | { refused: string },
  publisher: Publisher,
): Promise<SentItem> {
  if ('refused' in message) return { item, sent: message };
  try {
    await publisher.publish(message);
    return { item, sent: 'published' };
  } catch (error) {
    if (!(error instanceof PublishFailed)) throw error;
    return { item, sent: error.reason === 'too-large' ? { refused: error.message } : { later: error.message } };
  }
}

/** Settles the items that were sent or refused; the others go on waiting. A dead letter that was replayed says so. */
export async function settleItems(manager: EntityManager, operationId: string, sent: SentItem[]): Promise<void> {
  const published = sent.filter((one) => one.sent === 'published').map(({ item }) => item.ordinal);
  const refused = sent.flatMap(({ item, sent: end }) =>
    typeof end === 'object' && 'refused' in end ? [{ ordinal: item.ordinal, reason: end.refused }] : [],
  );
  await manager.query(
    `with settled as (
       update replay_items set state = 'published', published_at = now()
       where operation_id = $1 and ordinal = any($2::int[]) returning delivery_id, replay_id
     )
     update dead_letters l set status = 'replayed', replay_id = s.replay_id::uuid
     from settled s where l.delivery_id = s.delivery_id`,
    [operationId, published],
  );
  if (refused.length === 0) return;
  await manager.query(
    `update replay_items i set state = 'refused', reason = r.reason
     from json_to_recordset($2::json) as r (ordinal int, reason text)
     where i.operation_id = $1 and i.ordinal = r.ordinal`,
    [operationId, JSON.stringify(refused)],
  );
}
