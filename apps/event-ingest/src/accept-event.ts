import { type EventForm, eventIdNamespace, eventMaxBytes, type LaneEvent, readEvent } from '@patchbay/contracts';
import type { Fault, Json } from '@patchbay/edi';
import { v5 as uuidv5 } from 'uuid';

/** What came in: an event fit for its lane, or everything that is wrong with it. */
export type Acceptance = { accepted: true; event: LaneEvent } | { accepted: false; reason: string; faults: Fault[] };

/** Deeper than any real event, and shallow enough for everything that walks it later. */
const maxDepth = 64;

/**
 * Checks the bytes of one event, whatever they are, and normalises it. `acceptedAt` is RFC 3339 in UTC; `form` is what
 * the sender says they are, without which the body itself tells.
 */
export function acceptEvent(body: Buffer, acceptedAt: string, form?: EventForm): Acceptance {
  const read = readJson(body);
  if ('fault' in read) return refuse([read.fault]);
  const check = readEvent(read.value, idOf, form);
  return 'faults' in check ? refuse(check.faults) : { accepted: true, event: { ...check.event, acceptedAt } };
}

function idOf(seed: string): string {
  return uuidv5(seed, eventIdNamespace);
}

function refuse(faults: Fault[]): Acceptance {
  const sentences = faults.map(({ path, message }) => (path ? `${path} ${message}` : message));
  return { accepted: false, reason: sentences.join('; '), faults };
}

function readJson(body: Buffer): { value: Json } | { fault: Fault } {
  if (body.length > eventMaxBytes) {
    return fault('too-large', `the event has ${body.length} bytes; at most ${eventMaxBytes} are taken`);
  }
  const text = decode(body);
  if (text === undefined) return fault('not-utf8', 'the body is not UTF-8');
  if (text.trim() === '') return fault('empty', 'the body is empty; an event is a JSON object');
  return parse(text);
}

/** A byte order mark is dropped; undefined when the bytes are not UTF-8. */
function decode(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function parse(text: string): { value: Json } | { fault: Fault } {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return fault('not-json', `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (isDeeperThan(maxDepth, value)) return fault('too-deep', `the event is nested deeper than ${maxDepth} levels`);
  return { value };
}

function fault(code: string, message: string): { fault: Fault } {
  return { fault: { path: '', code, message } };
}

function isDeeperThan(levels: number, value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}
