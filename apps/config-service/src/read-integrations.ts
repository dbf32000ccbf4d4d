import type { DeploymentRules } from '@patchbay/edi';
import type { IntegrationVersionEntity } from './entities/integration-version.entity';
import { asWritten, entryIdsOf, type Workplace, type Written } from './change-integration';
import { noSuchIntegration } from './problems';
import { withOverlap } from './overlap';
import { checkIntegration } from './read-integration';
import type { IntegrationEntity } from './entities/integration.entity';

/** What the list is narrowed to; `cursor` as the page before told it. */
export interface ListQuery {
  cursor?: string;
  limit?: number;
  search?: string;
  channel?: string;
  event?: string;
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

const usualLimit = 50;

/** One integration with all doubts about it. */
export async function findIntegration({ store, deployment }: Workplace, id: string): Promise<Written> {
  const stored = await store.find(id);
  if (!stored) throw noSuchIntegration(id);
  return withOverlap(store, withWarnings(stored, deployment));
}

/** Integrations by name, a page at a time; whether they overlap is told with each by itself. */
export async function listIntegrations({ store, deployment }: Workplace, query: ListQuery): Promise<Page<Written>> {
  const { cursor, limit = usualLimit, ...filters } = query;
  const after = cursor === undefined ? {} : { after: Buffer.from(cursor, 'base64url').toString() };
  const found = await store.list({ ...after, limit, ...filters });
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return {
    items: items.map((stored) => withWarnings(stored, deployment)),
    nextCursor: last ? Buffer.from(last.name).toString('base64url') : null,
  };
}

/** All versions of an integration, newest first; also when it was deleted. */
export async function listVersions({ store }: Workplace, id: string): Promise<IntegrationVersionEntity[]> {
  const versions = await store.versions(id);
  if (versions.length === 0) throw noSuchIntegration(id);
  return versions;
}

/** What was right when it was written may be a fault by now, by other rules of the deployment: a doubt to whoever reads. */
export function withWarnings(stored: IntegrationEntity, deployment: DeploymentRules): Written {
  const { faults, warnings } = checkIntegration(asWritten(stored), entryIdsOf(stored), deployment);
  return { stored, warnings: [...faults, ...warnings] };
}
