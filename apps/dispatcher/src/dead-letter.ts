import type { DeadLetterMessage } from '@patchbay/contracts';
import { conversationOf } from '@patchbay/edi';
import type { OutgoingMessage } from '@patchbay/messaging';
import type { Sealer } from '@patchbay/secrets';
import { toQueue, type DeliveryOutcome } from './delivery-outcome';
import type { Work } from './work';

/** The dead letter of a delivery that ended without success, with its event sealed for a replay. */
export function deadLetterOf(
  { head, end }: DeliveryOutcome,
  { event, acceptedAt, replay }: Work,
  { sealer, now }: { sealer: Sealer; now(): number },
): OutgoingMessage {
  if (end.status !== 'dead') throw new Error('only dead deliveries become dead letters');
  const { contact } = event;
  const letter: DeadLetterMessage = {
    deliveryId: head.id,
    key: head.key,
    eventId: event.id,
    integrationId: head.integrationId,
    integrationName: head.integrationName,
    integrationVersion: head.integrationVersion,
    conversation: conversationOf(event),
    channel: contact.channel_type,
    direction: contact.direction,
    eventName: event.event.name,
    acceptedAt,
    diedAt: new Date(now()).toISOString(),
    reason: end.reason,
    stage: end.stage,
    failureClass: end.failureClass,
    attemptCount: head.attemptCount,
    ...(replay && { replayOf: replay.replayOf }),
    sealed: sealer.seal(JSON.stringify(event), `dead-letter:${head.id}`),
  };
  return toQueue('deadLetters', head.id, letter);
}
