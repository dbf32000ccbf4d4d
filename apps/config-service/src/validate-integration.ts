import { type Fault, type Findings, type IntegrationInput, isJsonObject, overlapWarnings } from '@patchbay/edi';
import { NIL as unsavedId, validate as isUuid } from 'uuid';
import { entryIdsOf, type Workplace } from './change-integration';
import type { IntegrationStore } from './integration-store';
import { nameTakenFault } from './problems';
import { checkIntegration } from './read-integration';

/** Everything that would be said if the body were saved, as a new integration or in place of the one its `id` names. */
export async function validateWritten({ store, deployment }: Workplace, body: unknown): Promise<Findings> {
  const { id, name } = isJsonObject(body) ? body : {};
  const stored = typeof id === 'string' && isUuid(id) ? await store.find(id) : null;
  const { faults, warnings, value } = checkIntegration(body, stored ? entryIdsOf(stored) : [], deployment);
  const own = stored?.id ?? unsavedId;
  const overlap = value ? await overlapOf(store, { ...value, id: own }) : [];
  const taken = typeof name === 'string' && (await store.isTaken(name.trim(), own));
  return {
    faults: [...faults, ...unknownId(id, stored), ...(taken ? [nameTakenFault(name.trim())] : [])],
    warnings: [...warnings, ...overlap],
  };
}

async function overlapOf(store: IntegrationStore, record: IntegrationInput & { id: string }): Promise<Fault[]> {
  return overlapWarnings(record, await store.neighbours(record));
}

function unknownId(id: unknown, stored: object | null): Fault[] {
  if (id === undefined || stored) return [];
  return [{ path: 'id', code: 'not-found', message: 'is of no stored integration; leave it out for a new one' }];
}
