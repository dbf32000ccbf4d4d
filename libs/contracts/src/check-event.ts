import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { type Fault, type LifecycleEvent, normaliseEvent } from '@patchbay/edi';
import { eventFaults } from './event-faults';
import { eventSchema } from './event.schema';

/** A normalised event, or everything that is wrong with what should have been one. */
export type EventCheck = { event: LifecycleEvent } | { faults: Fault[] };

/** Makes an id from a text, the same from the same text: uuidv5 in the namespace `eventIdNamespace`. */
export type IdOf = (seed: string) => string;

/** Ids of events that come without one: the same event has the same id whenever it comes again. */
export const eventIdNamespace = '6f2f1d0e-4f8e-5d0b-9a55-6d1d3a3f5c0a';

type EventInput = Parameters<typeof normaliseEvent>[0];

let fitsSchema: ValidateFunction<EventInput> | undefined;

/** Checks an event message by the published schema and fills in what its publisher left out. */
export function checkEvent(value: unknown, idOf: IdOf): EventCheck {
  const fits = (fitsSchema ??= compileSchema<EventInput>(eventSchema));
  return fits(value) ? { event: normaliseEvent(value, idOf) } : { faults: eventFaults(fits.errors ?? []) };
}

/** A schema ready for use, that reports all errors, each with the data it speaks of. */
export function compileSchema<T>(schema: object): ValidateFunction<T> {
  const ajv = new Ajv({ allErrors: true, strict: false, verbose: true });
  addFormats(ajv, ['date-time']);
  return ajv.compile<T>(schema);
}
