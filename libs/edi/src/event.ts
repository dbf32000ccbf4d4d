import type { ChannelType, ContactDirection } from './channel';
import type { EventName } from './lifecycle';
import type { Json, JsonObject } from './json';

/**
 * One leg of an interaction with a customer, as placeholders see it: every documented property is present
 * (language.md section 9), unknown ones are carried along.
 */
export interface Contact {
  id: string;
  guid: string;
  channel_type: ChannelType;
  channel_sub_type: string | null;
  direction: ContactDirection;
  created: string | null;
  language: string;
  priority: number | null;
  skills: Json[] | null;
  queue: JsonObject | null;
  forwarding_queue: JsonObject | null;
  agent: JsonObject | null;
  preferred_agent: JsonObject | null;
  transferring_agent: JsonObject | null;
  required_agents: Json[] | null;
  source: string;
  destination: string;
  attached_data: JsonObject;
  [unknown: string]: Json;
}

/** A step in a conversation's life, after intake: names lower case, defaults filled in. */
export interface LifecycleEvent {
  id: string;
  event: { name: EventName; datetime: string };
  contact: Contact;
}

/** What all legs of one interaction share; order, lanes and timelines go by it. */
export function conversationOf(event: LifecycleEvent): string {
  return event.contact.guid;
}

type EventInput = {
  id?: string;
  event: { name: string; datetime: string };
  contact: Record<string, Json> & { id: string; channel_type: string; direction: string };
};

const absentText = { language: '', source: '', destination: '' };
const absentNull = {
  channel_sub_type: null,
  created: null,
  priority: null,
  skills: null,
  queue: null,
  forwarding_queue: null,
  agent: null,
  preferred_agent: null,
  transferring_agent: null,
  required_agents: null,
};

/**
 * Fills what a publisher may leave out. The input has passed the event schema.
 * `idOf` makes the id of an event that has none, from guid, contact id, name and datetime.
 */
export function normaliseEvent(input: EventInput, idOf: (seed: string) => string): LifecycleEvent {
  const name = input.event.name.toLowerCase() as EventName;
  const { datetime } = input.event;
  const given = input.contact;
  const guid = textOr(given['guid'], given.id);
  const contact = {
    ...absentText,
    ...absentNull,
    ...given,
    guid,
    channel_type: given.channel_type.toLowerCase(),
    direction: given.direction.toLowerCase(),
    attached_data: given['attached_data'] ?? {},
  } as Contact;
  for (const key of ['language', 'source', 'destination'] as const) contact[key] ??= '';
  const id = input.id ?? idOf([guid, given.id, name, datetime].join('\n'));
  return { id, event: { name, datetime }, contact };
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
