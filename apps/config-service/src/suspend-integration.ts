import type { Integration } from '@patchbay/edi';
import { entryIdsOf, findVersion, type Target, type Workplace, type Written } from './change-integration';
import type { ConfigChange } from './config-change';
import type { IntegrationEntity } from './entities/integration.entity';
import { withOverlap } from './overlap';
import { notSuspended, suspendedAlready } from './problems';
import { withWarnings } from './read-integrations';
import { longestReason, type SuspensionEvent } from './read-suspension';

// The record is not checked again: what does not suit the deployment any more can be suspended, too.

/** Lets it fire no more until it is resumed, whatever else is changed. */
export function suspendIntegration(workplace: Workplace, target: Target, reason: string): Promise<Written> {
  return changeSuspension(workplace, target, (current) => {
    if (current.record.suspended) throw suspendedAlready(target.id, current.record.suspended);
    return { since: workplace.now().toISOString(), reason };
  });
}

/** Lets a suspended integration fire again. */
export function resumeIntegration(workplace: Workplace, target: Target): Promise<Written> {
  return changeSuspension(workplace, target, (current) => {
    if (!current.record.suspended) throw notSuspended(target.id);
    return null;
  });
}

/**
 * Suspends the version that a dispatcher was told to be gone for good. False when there is nothing to do: the
 * integration is deleted, suspended, or changed since, and the change may have cured it.
 */
export function applySuspension({ store, now }: Workplace, event: SuspensionEvent): Promise<boolean> {
  const { integrationId, integrationVersion, at: since, message } = event;
  return store.change('dispatcher', async (change) => {
    const current = await change.find(integrationId);
    if (!current || current.version !== integrationVersion || current.record.suspended) return false;
    await saveSuspension(change, current, { since, reason: storable(message) }, now());
    return true;
  });
}

async function changeSuspension(
  { store, deployment, now }: Workplace,
  target: Target,
  suspensionOf: (current: IntegrationEntity) => Integration['suspended'],
): Promise<Written> {
  const stored = await store.change(target.by, async (change) => {
    const current = await findVersion(change, target);
    return saveSuspension(change, current, suspensionOf(current), now());
  });
  return withOverlap(store, withWarnings(stored, deployment));
}

function saveSuspension(
  change: ConfigChange,
  current: IntegrationEntity,
  suspended: Integration['suspended'],
  at: Date,
): Promise<IntegrationEntity> {
  const record = { ...current.record, suspended, version: current.version + 1 };
  return change.save(record, { kept: entryIdsOf(current), written: [] }, at);
}

/** PostgreSQL takes NUL and halves of characters inside of JSON, and then fails on every query that looks into it. */
function storable(message: string): string {
  const text = message.replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd');
  return [...text].slice(0, longestReason).join('');
}
