import type { ReadyIntegration } from './configuration';

/**
 * Versions of integrations whose service said that it is gone for good (410), until config-service has suspended them:
 * from the answer on, none of them is called again from here.
 */
export class Suspensions {
  private readonly versions = new Set<string>();

  /** Whether this is news. */
  add(integration: ReadyIntegration): boolean {
    const key = keyOf(integration);
    if (this.versions.has(key)) return false;
    this.versions.add(key);
    return true;
  }

  has(integration: ReadyIntegration): boolean {
    return this.versions.size > 0 && this.versions.has(keyOf(integration));
  }
}

function keyOf({ record: { id, version } }: ReadyIntegration): string {
  return `${id} ${version}`;
}
