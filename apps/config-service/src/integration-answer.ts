import type { Fault } from '@patchbay/edi';
import type { Written } from './change-integration';
import type { IntegrationRecord } from './entities/integration.entity';
import type { IntegrationVersionEntity } from './entities/integration-version.entity';

/** An integration as everybody sees it: of a secret, only that it is there and since when. */
export interface IntegrationAnswer extends IntegrationRecord {
  authentications: { id: string; set: true; updatedAt: string }[];
  updatedAt: string;
  warnings: Fault[];
}

export function answerOf({ stored, warnings }: Written): IntegrationAnswer {
  return {
    ...stored.record,
    authentications: stored.authentications
      .map(({ entryId, updatedAt }) => ({ id: entryId, set: true as const, updatedAt: updatedAt.toISOString() }))
      .sort((one, other) => (one.id < other.id ? -1 : 1)),
    updatedAt: stored.updatedAt.toISOString(),
    warnings,
  };
}

/** A version as it was, who made it and when. */
export function versionAnswerOf({ version, revision, changedAt, changedBy, record }: IntegrationVersionEntity) {
  return { version, revision, changedAt: changedAt.toISOString(), changedBy, integration: record };
}

/** The ETag of an integration. */
export function etagOf({ stored }: Written): string {
  return `"${stored.version}"`;
}
