import { overlapWarnings } from '@patchbay/edi';
import type { Written } from './change-integration';
import type { IntegrationStore } from './integration-store';

/** Adds the doubt that more integrations may fire together than a chain starts. */
export async function withOverlap(store: IntegrationStore, { stored, warnings }: Written): Promise<Written> {
  return { stored, warnings: [...warnings, ...overlapWarnings(stored.record, await store.neighbours(stored.record))] };
}
