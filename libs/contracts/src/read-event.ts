import type { Fault } from '@patchbay/edi';
import { checkEvent, type EventCheck, type IdOf } from './check-event';
import { fromCloudEvent, isCloudEvent } from './cloud-event';

/** How an event may be wrapped. */
export type EventForm = 'message' | 'cloud-event';

/**
 * Reads an event in either form, told by `specversion` unless given. Faults name paths of the value as it came, all of
 * them at once.
 */
export function readEvent(value: unknown, idOf: IdOf, form: EventForm = formOf(value)): EventCheck {
  if (form === 'message') return checkEvent(value, idOf);
  const { message, faults, origin } = fromCloudEvent(value, idOf);
  const check = checkEvent(message, idOf);
  if ('faults' in check) return { faults: [...faults, ...check.faults.map(at(origin)).filter(isNewTo(faults))] };
  return faults.length > 0 ? { faults } : check;
}

function formOf(value: unknown): EventForm {
  return isCloudEvent(value) ? 'cloud-event' : 'message';
}

function at(origin: (path: string) => string): (fault: Fault) => Fault {
  return (fault) => ({ ...fault, path: origin(fault.path) });
}

/** What is missing from a part that is wrong itself need not be told. */
function isNewTo(known: Fault[]): (fault: Fault) => boolean {
  return ({ path }) => !known.some((fault) => fault.path === '' || `${path}.`.startsWith(`${fault.path}.`));
}
