import type { IntegrationVersionEntity } from './entities/integration-version.entity';
import { asWritten, type Workplace, type Written } from './change-integration';
import { noSuchIntegration } from './problems';
import { readIntegration } from './read-integration';
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

export async function findIntegration({ store }: Workplace, id: string): Promise<Written> {
  const stored = await store.find(id);
  if (!stored) throw noSuchIntegration(id);
  return withWarnings(stored);
}

/** Integrations by name, a page at a time. */
export async function listIntegrations({ store }: Workplace, query: ListQuery): Promise<Page<Written>> {
  const { cursor, limit = usualLimit, ...filters } = query;
  const after = cursor === undefined ? {} : { after: Buffer.from(cursor, 'base64url').toString() };
  const found = await store.list({ ...after, limit, ...filters });
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items: items.map(withWarnings), nextCursor: last ? Buffer.from(last.name).toString('base64url') : null };
}

/** All versions of an integration, newest first; also when it was deleted. */
export async function listVersions({ store }: Workplace, id: string): Promise<IntegrationVersionEntity[]> {
  const versions = await store.versions(id);
  if (versions.length === 0) throw noSuchIntegration(id);
  return versions;
}

function withWarnings(stored: IntegrationEntity): Written {
  const present = stored.authentications.map(({ entryId }) => entryId);
  return { stored, warnings: readIntegration(asWritten(stored), present).warnings };
}
