import {
  exchangeNames,
  jobRoutingKey,
  laneOf,
  messageTypes,
  type JobMessage,
  type ReplayOrder,
} from '@patchbay/contracts';
import type { Integration } from '@patchbay/edi';
import type { OutgoingMessage } from '@patchbay/messaging';
import { v5 } from 'uuid';
import type { Payloads } from '../payloads';
import { eventOf, type SealedEvent } from './event-of';
import type { KeyChoice } from './operation';

/** A delivery on its way to its lane, as the replay `replayId`. */
export interface ReplayItem extends SealedEvent {
  ordinal: number;
  replayId: string;
  integrationId: string;
  integrationVersion: number;
  conversation: string;
  key: string;
  eventAcceptedAt: Date;
}

export interface ReplayMessageOptions {
  payloads: Payloads;
  lanes: number;
  /** RFC 3339. */
  now: string;
  keys: KeyChoice;
  /** The integration as it was then; undefined: as it is when the replay is dispatched. */
  record: Integration | undefined;
}

/** The job that replays a delivery; a sentence when its event cannot be had. Twice the same item is twice the same job. */
export function replayMessage(
  item: ReplayItem,
  { payloads, lanes, now, keys, record }: ReplayMessageOptions,
): OutgoingMessage | { unreadable: string } {
  const opened = eventOf(payloads, item);
  if ('fault' in opened) return { unreadable: opened.fault };
  const { replayId, deliveryId: replayOf, integrationId, conversation } = item;
  const order: ReplayOrder = {
    replayId,
    replayOf,
    integrationId,
    event: opened.value,
    acceptedAt: now,
    eventAcceptedAt: item.eventAcceptedAt.toISOString(),
    key: keys === 'new' ? v5(replayId, item.key) : item.key,
    ...(record && { record }),
  };
  const sealed = payloads.sealOrder(replayId, order);
  const job: JobMessage = { id: replayId, kind: 'replay', conversation, acceptedAt: now, due: now, sealed };
  return {
    exchange: exchangeNames.events,
    routingKey: jobRoutingKey(laneOf(conversation, lanes)),
    body: JSON.stringify(job),
    messageId: replayId,
    type: messageTypes.job,
    correlationId: opened.value.contact.id,
  };
}
