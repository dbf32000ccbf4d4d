import { compileIntegration, type CompiledIntegration } from './compile';
import type { Findings } from './fault';
import type { Matchable } from './match';

/** An integration that was checked and can be matched; its texts are parsed again when it first fires. */
export interface LoadedIntegration extends Matchable {
  readonly compiled: CompiledIntegration;
}

/**
 * Checks an integration as `compileIntegration` does, and keeps only what matching needs: of many thousand configured
 * integrations few fire, and a parsed one weighs several times its record.
 */
export function loadIntegration(
  record: CompiledIntegration['record'],
  findings: Findings,
): LoadedIntegration | undefined {
  const checked = compileIntegration(record, findings);
  if (checked === undefined) return undefined;
  let compiled: CompiledIntegration | undefined;
  return {
    record,
    missingAuthentications: checked.missingAuthentications,
    get compiled() {
      return (compiled ??= compileIntegration(record, { faults: [], warnings: [] })!);
    },
  };
}
