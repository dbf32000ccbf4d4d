import type { Integration } from '@patchbay/edi';

/** One secret, sealed with the credentials key ring under the AAD `authentication:<integration id>:<entry id>`. */
export interface SealedAuthentication {
  id: string;
  sealed: string;
}

/** An integration as a dispatcher gets it. */
export interface SnapshotIntegration extends Omit<Integration, 'authentications'> {
  authentications: SealedAuthentication[];
}

/**
 * Answer of `GET /v1/snapshot?since=<revision>`: everything changed after `since`; all of it when `since` is absent,
 * 0 or unknown (`full`). `revision` grows by one with every change and is never reused.
 */
export interface Snapshot {
  revision: number;
  full: boolean;
  integrations: SnapshotIntegration[];
  deleted: string[];
}

/** The AAD under which a secret is sealed. */
export function authenticationAad(integrationId: string, entryId: string): string {
  return `authentication:${integrationId}:${entryId}`;
}
