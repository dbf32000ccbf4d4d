import { messageTypes, queueNames, type RejectedMessage } from '@patchbay/contracts';
import type { Delivery, OutgoingMessage } from '@patchbay/messaging';
import { v7 } from 'uuid';

/**
 * Where a message goes that the broker has given up on. Whatever was in the window beside the one that kills is in poison
 * too, so what comes from a lane is tried once more, one at a time; all else is kept as rejected.
 */
export function sortPoison(delivery: Delivery, now: Date): OutgoingMessage {
  return cameFromLane(delivery) ? suspect(delivery) : rejected(delivery, now);
}

/** Routing keys survive dead-lettering: those of lanes begin with the lane's number. */
function cameFromLane({ routingKey, type }: Delivery): boolean {
  return /^\d+\./.test(routingKey) && type !== messageTypes.beat;
}

function suspect({ body, messageId, type, routingKey }: Delivery): OutgoingMessage {
  return {
    exchange: '',
    routingKey: queueNames.suspects,
    body,
    messageId: messageId ?? v7(),
    // Suspects have no routing key of their own to tell jobs from events.
    type: routingKey.endsWith('.job') ? messageTypes.job : (type ?? messageTypes.event),
  };
}

function rejected({ body, routingKey }: Delivery, now: Date): OutgoingMessage {
  const message: RejectedMessage = {
    id: v7(),
    rejectedAt: now.toISOString(),
    source: 'amqp',
    reason: `the broker gave it up after too many deliveries; it was sent with the routing key ${routingKey}`,
    faults: [],
    bodyBase64: body.toString('base64'),
  };
  return {
    exchange: '',
    routingKey: queueNames.rejected,
    body: JSON.stringify(message),
    messageId: message.id,
    type: messageTypes.rejected,
  };
}
