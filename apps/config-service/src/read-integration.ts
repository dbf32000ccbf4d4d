import {
  type DeploymentRules,
  type Fault,
  type IntegrationInput,
  isJsonObject,
  pathOf,
  validateIntegration,
  type Validation,
} from '@patchbay/edi';
import { invalidIntegration } from './problems';

/** A checked integration as it was written, with the doubts about it. */
export interface ReadIntegration {
  input: IntegrationInput;
  warnings: Fault[];
}

/** Reads a body as `checkIntegration` does; throws a 400 problem with all its faults. */
export function readIntegration(
  body: unknown,
  stored: readonly string[],
  deployment: DeploymentRules,
): ReadIntegration {
  const { faults, warnings, value } = checkIntegration(body, stored, deployment);
  if (value === undefined) throw invalidIntegration(faults);
  return { input: value, warnings };
}

/**
 * Checks a body as a whole. `stored` are the ids of the entries whose secrets are there. What GET answers may be sent
 * back as it is.
 */
export function checkIntegration(body: unknown, stored: readonly string[], deployment: DeploymentRules): Validation {
  const { faults, warnings, value } = validateIntegration(withoutAnswerFields(body), stored, deployment);
  const all = [...faults, ...maskFaults(body), ...nameFaults(body)];
  return all.length > 0 ? { faults: all, warnings } : { faults: all, warnings, value };
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

/** What the schema of names lets through and nobody can print: halves of characters, and controls beyond ASCII. */
function nameFaults(body: unknown): Fault[] {
  const name = isJsonObject(body) ? body['name'] : undefined;
  if (typeof name !== 'string' || !/[\u0080-\u009f\p{Cs}]/u.test(name)) return [];
  return [{ path: 'name', code: 'name', message: 'must be printable text' }];
}
