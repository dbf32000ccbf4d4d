import { type Fault, type IntegrationInput, isJsonObject, pathOf, validateIntegration } from '@patchbay/edi';
import { invalidIntegration } from './problems';

/** A checked integration as it was written, with the doubts about it. */
export interface ReadIntegration {
  input: IntegrationInput;
  warnings: Fault[];
}

/**
 * Checks a body as a whole; throws a 400 problem with all faults. `stored` are the ids of the entries whose secrets
 * are there. What GET answers may be sent back as it is.
 */
export function readIntegration(body: unknown, stored: readonly string[]): ReadIntegration {
  const { faults, warnings, value } = validateIntegration(withoutAnswerFields(body), stored);
  const all = [...faults, ...maskFaults(body), ...nameFaults(body)];
  if (all.length > 0 || value === undefined) throw invalidIntegration(all);
  return { input: value, warnings };
}

/** Entries are answered as `{id, set, updatedAt}`; only `id` and `secret` are the writer's. */
function withoutAnswerFields(body: unknown): unknown {
  if (!isJsonObject(body) || !Array.isArray(body['authentications'])) return body;
  const authentications = body['authentications'].map((entry) => {
    if (!isJsonObject(entry)) return entry;
    const { set: _set, updatedAt: _updatedAt, ...written } = entry;
    return written;
  });
  return { ...body, authentications };
}

/** A form that sends back what it showed instead of the secret would destroy the secret. */
function maskFaults(body: unknown): Fault[] {
  const entries = isJsonObject(body) && Array.isArray(body['authentications']) ? body['authentications'] : [];
  return entries.flatMap((entry, at) => {
    if (!isJsonObject(entry) || typeof entry['secret'] !== 'string' || !/^[*•]+$/.test(entry['secret'])) return [];
    const message = 'is the mask, not a secret; leave it out to keep the stored one';
    return [{ path: pathOf('authentications', at, 'secret'), code: 'mask', message }];
  });
}

function nameFaults(body: unknown): Fault[] {
  const name = isJsonObject(body) ? body['name'] : undefined;
  if (typeof name !== 'string' || !/[\p{Cc}\p{Cs}]/u.test(name)) return [];
  return [{ path: 'name', code: 'name', message: 'must be printable text' }];
}
