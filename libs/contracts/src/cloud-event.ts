import { eventNames, type Fault, faultOfSchema, isJsonObject, type Json, type JsonObject } from '@patchbay/edi';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { compileSchema, type IdOf } from './check-event';
import { cloudEventSchema } from './cloud-event.schema';

/** What a CloudEvent holds: an event message, still unchecked, and what is wrong with its wrapping. */
export interface CloudEventReading {
  message: Partial<JsonObject>;
  faults: Fault[];
  /** Where in the CloudEvent the message has the value at this path of its own. */
  origin: (path: string) => string;
}

/** Ids up to here stay readable. */
const longestId = 256;

let fitsSchema: ValidateFunction | undefined;

/** Every CloudEvent has this member, and no event message. */
export function isCloudEvent(body: unknown): boolean {
  return isJsonObject(body) && 'specversion' in body;
}

/**
 * Unwraps a CloudEvent 1.0 in structured JSON; `data` is `{"contact": ...}` or a whole event message.
 *
 * - `id` is source and id with a space between, which no source holds; when that is over 256 characters, `idOf` it. An
 *   id inside `data` does not count.
 * - The name is what follows the last dot of `type`, without a version at its end (`.v1`, `.v2.1`):
 *   `com.acme.conversation.queued.v1` is `queued`. A name inside `data` counts where `type` ends in no event's name;
 *   where both name an event they have to agree.
 * - The datetime is the one inside `data`, else `time`.
 */
export function fromCloudEvent(body: unknown, idOf: IdOf): CloudEventReading {
  const envelope = isJsonObject(body) ? withoutNulls(body) : {};
  const data = isJsonObject(envelope['data']) ? envelope['data'] : {};
  const inner = data['event'] ?? {};
  const own = isJsonObject(inner) ? withoutNulls(inner) : {};
  const event = isJsonObject(inner) ? { name: nameIn(envelope['type']), datetime: envelope['time'], ...own } : inner;
  return {
    message: { id: joinedId(envelope, idOf), event: event as Json, contact: data['contact'] },
    faults: [...envelopeFaults(isJsonObject(body) ? envelope : body), ...disagreement(envelope['type'], own['name'])],
    origin: (path) => originOf(path, own),
  };
}

/** An attribute that is null is an attribute left out, says the JSON format of CloudEvents. */
function withoutNulls(object: JsonObject): Partial<JsonObject> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function joinedId({ source, id }: Partial<JsonObject>, idOf: IdOf): string | undefined {
  if (typeof source !== 'string' || typeof id !== 'string') return undefined;
  const joined = `${source} ${id}`;
  return joined.length <= longestId ? joined : idOf(joined);
}

function nameIn(type: Json | undefined): string | undefined {
  return typeof type === 'string'
    ? type
        .replace(/\.v\d+(\.\d+)*$/i, '')
        .split('.')
        .at(-1)
    : undefined;
}

function envelopeFaults(envelope: unknown): Fault[] {
  const fits = (fitsSchema ??= compileSchema(cloudEventSchema));
  return fits(envelope) ? [] : (fits.errors ?? []).map(faultOfEnvelope);
}

function faultOfEnvelope(error: ErrorObject): Fault {
  const fault = faultOfSchema(error);
  if (fault.path !== 'data') return fault;
  return { ...fault, message: `${fault.message}: {"contact": ...} or a whole event message, as JSON` };
}

function disagreement(type: Json | undefined, own: Json | undefined): Fault[] {
  const typed = nameIn(type)?.toLowerCase() ?? '';
  if (!isEventName(typed) || typeof own !== 'string' || own.toLowerCase() === typed) return [];
  const message = `names the event "${typed}", but data.event.name is ${JSON.stringify(own).slice(0, 60)}; let them agree`;
  return [{ path: 'type', code: 'disagrees', message }];
}

function isEventName(name: string): boolean {
  return (eventNames as readonly string[]).includes(name);
}

function originOf(path: string, own: Partial<JsonObject>): string {
  if (path === 'id') return path;
  if (path === 'event.name' && own['name'] === undefined) return 'type';
  if (path === 'event.datetime' && own['datetime'] === undefined) return 'time';
  return `data.${path}`;
}
