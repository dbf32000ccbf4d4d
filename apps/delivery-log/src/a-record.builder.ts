import type {
  AttemptRecord,
  DeadLetterMessage,
  DeliveryRecord,
  EventRecord,
  OperatorEvent,
  SealedDetail,
} from '@patchbay/contracts';
import { normaliseEvent, type LifecycleEvent } from '@patchbay/edi';
import type { Sealer } from '@patchbay/secrets';
import { v4, v7 } from 'uuid';

/** An event as intake makes it. */
export function anEvent(id: string = v7(), conversation = `conversation ${v4()}`): LifecycleEvent {
  const contact = { id: `${conversation}/1`, guid: conversation, channel_type: 'phone', direction: 'inbound' };
  return normaliseEvent({ id, event: { name: 'received', datetime: '2026-11-22T10:00:00Z' }, contact }, () => id);
}

export function anAttempt(given: Partial<AttemptRecord> = {}): AttemptRecord {
  return { id: v4(), number: 1, startedAt: '2026-11-22T10:00:00.100Z', durationMs: 12.5, status: 200, ...given };
}

export function aDelivery(given: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const attempts = given.attempts ?? [anAttempt()];
  return {
    id: v4(),
    key: v4(),
    integrationId: 'integration-1',
    integrationName: 'Lookup',
    integrationVersion: 1,
    ordinal: 1,
    role: 'member',
    status: 'succeeded',
    method: 'POST',
    url: 'https://crm.example.com/lookup',
    attempts,
    attemptCount: attempts.length,
    setNames: [],
    saveKeys: [],
    notDone: [],
    ...given,
  };
}

/** The first record of an event, sealed with its payload and these results by delivery id. */
export function aRecord(
  sealer: Sealer,
  given: Partial<EventRecord> = {},
  { results = {}, event }: Partial<SealedDetail> = {},
): EventRecord {
  const id = given.id ?? v4();
  const eventId = given.eventId ?? v7();
  const conversation = given.conversation ?? `conversation ${v4()}`;
  const detail: SealedDetail = { event: event ?? anEvent(eventId, conversation), results };
  return {
    id,
    eventId,
    acceptedAt: new Date().toISOString(),
    recordedAt: new Date().toISOString(),
    conversation,
    contactId: `${conversation}/1`,
    channel: 'phone',
    direction: 'inbound',
    eventName: 'received',
    eventDatetime: '2026-11-22T10:00:00Z',
    queueId: null,
    lane: 3,
    configRevision: 7,
    matchedCount: given.deliveries?.length ?? 0,
    deliveries: [],
    leftOut: [],
    sealed: sealer.seal(JSON.stringify(detail), `record:${id}`),
    ...given,
  };
}

export function anOperatorEvent(given: Partial<OperatorEvent> = {}): OperatorEvent {
  return {
    id: v4(),
    kind: 'breaker-open',
    at: '2026-11-22T10:00:00.000Z',
    integrationId: v4(),
    integrationName: 'Lookup',
    integrationVersion: 1,
    replica: 0,
    message: '6 of the last 10 calls failed; calls wait for 30 s.',
    ...given,
  };
}

export function aDeadLetter(sealer: Sealer, given: Partial<DeadLetterMessage> = {}): DeadLetterMessage {
  const deliveryId = given.deliveryId ?? v4();
  const event = anEvent(given.eventId, given.conversation);
  return {
    deliveryId,
    key: v4(),
    eventId: event.id,
    integrationId: 'integration-1',
    integrationName: 'Lookup',
    integrationVersion: 1,
    conversation: event.contact.guid,
    channel: 'phone',
    direction: 'inbound',
    eventName: 'received',
    acceptedAt: new Date().toISOString(),
    diedAt: new Date().toISOString(),
    reason: 'the endpoint answered 500 five times',
    stage: 'call',
    failureClass: 'http-5xx',
    attemptCount: 5,
    sealed: sealer.seal(JSON.stringify(event), `dead-letter:${deliveryId}`),
    ...given,
  };
}
