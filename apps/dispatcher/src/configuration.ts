import { authenticationAad, type Snapshot, type SnapshotIntegration } from '@patchbay/contracts';
import {
  buildMatchIndex,
  loadIntegration,
  type Findings,
  type LoadedIntegration,
  type MatchIndex,
} from '@patchbay/edi';
import { open, type KeyRing } from '@patchbay/secrets';

/** An integration ready to be called: parsed, its secrets opened. */
export interface ReadyIntegration extends LoadedIntegration {
  /** By entry id. In memory only. */
  secrets: Readonly<Record<string, string>>;
  /** What must not be read back from an answer: the secrets, in the forms in which a service may echo them. */
  hidden: readonly string[];
}

/** What the dispatcher works by at one moment; immutable, replaced as a whole. */
export interface Configuration {
  revision: number;
  index: MatchIndex<ReadyIntegration>;
  integrations: ReadonlyMap<string, ReadyIntegration>;
}

/** Why an integration cannot be used by this dispatcher. */
export interface UnusableIntegration {
  integrationId: string;
  reason: string;
}

/** Applies a full snapshot or a delta. Only what changed is parsed and opened anew. */
export function applySnapshot(
  current: Configuration | undefined,
  snapshot: Snapshot,
  ring: KeyRing,
): { configuration: Configuration; unusable: UnusableIntegration[] } {
  const integrations = new Map(snapshot.full ? [] : (current?.integrations ?? []));
  const unusable: UnusableIntegration[] = [];
  for (const id of snapshot.deleted) integrations.delete(id);
  for (const integration of snapshot.integrations) {
    const ready = prepare(integration, ring);
    if ('record' in ready) integrations.set(integration.id, ready);
    else {
      integrations.delete(integration.id);
      unusable.push({ integrationId: integration.id, reason: ready.reason });
    }
  }
  const index = buildMatchIndex(integrations.values());
  return { configuration: { revision: snapshot.revision, index, integrations }, unusable };
}

/** Shorter secrets are part of ordinary text too often to be found in it. */
const shortestHidden = 6;

function formsOf(secrets: Record<string, string>): string[] {
  const forms = Object.entries(secrets).flatMap(([id, secret]) => {
    if (secret.length < shortestHidden) return [];
    const pair = `${id.slice(id.indexOf(':') + 1)}:${secret}`;
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), base64(secret), base64(pair)];
  });
  return [...new Set(forms)];
}

function prepare(integration: SnapshotIntegration, ring: KeyRing): ReadyIntegration | { reason: string } {
  const secrets: Record<string, string> = {};
  const faults: string[] = [];
  for (const { id, sealed } of integration.authentications) {
    try {
      secrets[id] = open(ring, sealed, authenticationAad(integration.id, id));
    } catch (error) {
      faults.push(
        `the secret of "${id}" cannot be opened: ${error instanceof Error ? error.message : 'unknown reason'}`,
      );
    }
  }
  const findings: Findings = { faults: [], warnings: [] };
  const record = { ...integration, authentications: integration.authentications.map(({ id }) => id) };
  const loaded = loadIntegration(record, findings);
  faults.push(...findings.faults.map(({ path, message }) => `${path}: ${message}`));
  return loaded && faults.length === 0
    ? Object.assign(loaded, { secrets, hidden: formsOf(secrets) })
    : { reason: faults.join('; ') };
}
