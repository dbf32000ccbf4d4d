import type { Contact } from '../event';
import { phaseOf, type EventName } from '../lifecycle';
import type { SetOperation } from './entry';
import * as operations from './operations';

export type { SetOperation, SetReading } from './entry';
export type SetOperationName = keyof typeof operations;

/** Every set operation by name; exporting an entry from operations.ts registers it. */
export const setOperations: Readonly<Record<SetOperationName, SetOperation>> = operations;

export function isSetOperation(text: string): text is SetOperationName {
  return Object.hasOwn(setOperations, text);
}

/** undefined when routing can apply the operation now, else why it cannot. */
export function notApplicable(
  name: SetOperationName,
  event: EventName,
  contact: Pick<Contact, 'direction'>,
): string | undefined {
  if (contact.direction !== 'inbound') return 'set applies to inbound contacts only';
  const phase = phaseOf(event, contact.direction);
  const { phases } = setOperations[name];
  return phases.includes(phase) ? undefined : `${name} cannot be applied at ${event}: the conversation is ${phase}`;
}
