import { loadIntegration, type Findings, type Integration } from '@patchbay/edi';
import type { ReadyIntegration } from './configuration';

/**
 * An integration as an earlier version of it was, with the secrets it has today. Suspension is today's too; and a 410
 * of the earlier version says nothing about today's. A sentence when that version cannot be used any more.
 */
export function asItWas(record: Integration, today: ReadyIntegration): ReadyIntegration | { unusable: string } {
  const findings: Findings = { faults: [], warnings: [] };
  const authentications = today.compiled.record.authentications;
  const { suspended } = today.record;
  const loaded = loadIntegration({ ...record, authentications, suspended }, findings);
  if (!loaded) return { unusable: findings.faults.map(({ path, message }) => `${path}: ${message}`).join('; ') };
  const compiled = { ...loaded.compiled, suspendsWhenGone: false };
  const { secrets, hidden } = today;
  return { record: loaded.record, missingAuthentications: loaded.missingAuthentications, compiled, secrets, hidden };
}
