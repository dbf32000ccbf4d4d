import type { ContactDirection } from '../channel';
import * as events from './events';
import type { LifecycleEventEntry, Phase } from './entry';

export type { LifecycleEventEntry, Phase } from './entry';

export type EventName = keyof typeof events;

/** Every lifecycle event by name; exporting an entry from events.ts registers it. */
export const lifecycleEvents: Readonly<Record<EventName, LifecycleEventEntry>> = events;

export const eventNames = Object.keys(events) as EventName[];

export function isEventName(text: string): text is EventName {
  return Object.hasOwn(lifecycleEvents, text);
}

/** The phase a contact is in when this event happens. */
export function phaseOf(name: EventName, direction: ContactDirection): Phase {
  const { phase } = lifecycleEvents[name];
  return typeof phase === 'string' ? phase : phase[direction];
}
