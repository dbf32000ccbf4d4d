import { readEvent } from '@patchbay/contracts';
import {
  compileIntegration,
  isJsonObject,
  validateIntegration,
  type Answer,
  type CompiledIntegration,
  type Fault,
  type Findings,
  type Json,
  type JsonObject,
  type LifecycleEvent,
} from '@patchbay/edi';
import type { Base, Case, CaseAnswer } from './case';

/** The id of a case's integration, as `{config_id}` shows it. */
export const integrationId = '0b6b1a52-7d0e-4a9e-9c58-000000000001';

/** What of a case makes an integration. */
export type IntegrationSource = Pick<Case, 'integration' | 'request' | 'response' | 'record' | 'stored' | 'suspended'>;

/** An integration that was checked: what it compiles to, unless it has faults. */
export interface Prepared extends Findings {
  value?: JsonObject;
  compiled?: CompiledIntegration;
  /** Secrets by entry id. */
  secrets: Record<string, string>;
}

/** The case's integration as it is written: the base with what the case replaces. */
export function writtenIntegration({ integration, request, response, record }: IntegrationSource, base: Base): Json {
  if (record !== undefined) return record;
  const baseRequest = (base.integration['configuration'] as { request: JsonObject }).request;
  const configuration = { request: { ...baseRequest, ...request }, ...(response && { response }) };
  return { ...base.integration, configuration, ...integration };
}

/** Checks an integration as it is saved, and makes of it what an event meets. */
export function prepareIntegration(source: IntegrationSource, base: Base, id = integrationId): Prepared {
  const { stored = [], suspended = false } = source;
  const written = writtenIntegration(source, base);
  const { value, faults, warnings } = validateIntegration(written, stored);
  if (!value) return { faults, warnings, secrets: {} };
  const secrets = Object.fromEntries(
    value.authentications.flatMap(({ id: entry, secret }) => {
      const known = secret ?? (stored.includes(entry) ? 'the stored secret' : undefined);
      return known === undefined ? [] : [[entry, known]];
    }),
  );
  const record = {
    ...value,
    id,
    authentications: Object.keys(secrets),
    suspended: suspended ? { since: '2026-01-02T00:00:00Z', reason: 'by an operator' } : null,
    version: 1,
    createdAt: '2026-01-01T00:00:00Z',
    ...(isJsonObject(written) && typeof written['createdAt'] === 'string' && { createdAt: written['createdAt'] }),
  };
  const again: Findings = { faults: [], warnings: [] };
  const compiled = compileIntegration(record, again);
  return { value: value as unknown as JsonObject, faults: again.faults, warnings, compiled, secrets };
}

/** The case's event as a publisher sends it: the base with what the case replaces. */
export function publishedEvent({ event, message }: Pick<Case, 'event' | 'message'>, base: Base): Json {
  if (message !== undefined) return message;
  return {
    id: event?.id ?? base.event.id,
    event: { ...base.event.event, ...event?.event },
    contact: { ...base.event.contact, ...event?.contact },
  };
}

/** Checks and normalises an event as intake does. */
export function acceptedEvent(published: Json): { event: LifecycleEvent } | { faults: Fault[] } {
  return readEvent(published, (seed) => `made of ${seed}`);
}

/** An answer in the form the language reads it. */
export function answerOf({ status = 200, headers = {}, body, text, base64, duration = 0.25 }: CaseAnswer): Answer {
  const bytes =
    base64 === undefined
      ? new TextEncoder().encode(text ?? (body === undefined ? '' : JSON.stringify(body)))
      : new Uint8Array(Buffer.from(base64, 'base64'));
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { status, headers: { ...json, ...lower }, body: bytes, durationSeconds: duration };
}
