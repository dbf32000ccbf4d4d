import { exchangeNames, messageTypes } from '@patchbay/contracts';
import type { EventName, Json } from '@patchbay/edi';
import type { OutgoingMessage } from '@patchbay/messaging';

/** The contact as the pretend core system tells it: only what it knows. */
export interface PlayedContact {
  id: string;
  guid: string;
  channel_type: 'phone' | 'chat' | 'email';
  direction: 'inbound' | 'outbound';
  [property: string]: Json;
}

/** An event without its time: that is stamped when it is sent. */
export interface PlayedEvent {
  id: string;
  name: EventName;
  contact: PlayedContact;
}

/** The message that carries the event to the intake, stamped with the time of sending (RFC 3339, UTC). */
export function intakeMessage({ id, name, contact }: PlayedEvent, sentAt: string, created: string): OutgoingMessage {
  return {
    exchange: exchangeNames.intake,
    routingKey: `conversation.${name}`,
    body: JSON.stringify({ id, event: { name, datetime: sentAt }, contact: { ...contact, created } }),
    messageId: id,
    type: messageTypes.event,
    correlationId: contact.guid,
  };
}
