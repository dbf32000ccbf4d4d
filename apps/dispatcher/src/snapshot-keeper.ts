import type { Snapshot, SnapshotIntegration } from '@patchbay/contracts';
import { open, seal, type KeyRing } from '@patchbay/secrets';
import type { Logger } from '@patchbay/service-kit';
import type { AxiosInstance } from 'axios';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { applySnapshot, type Configuration } from './configuration';

export interface SnapshotKeeperOptions {
  /** Speaks to config-service, token included. */
  http: AxiosInstance;
  /** Where the last good snapshot is kept, sealed. */
  file: string;
  ring: KeyRing;
  logger: Logger;
  pollMs?: number;
}

const fileAad = 'snapshot-file';

/**
 * Holds the configuration the dispatcher works by: starts from the file when config-service is away, then follows it by
 * poll and by `refresh()` when told of a change. The last good one is used for as long as it lasts.
 */
export class SnapshotKeeper {
  private configuration: Configuration | undefined;
  private readonly records = new Map<string, SnapshotIntegration>();
  private refreshing: Promise<void> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;
  private reachable = true;
  private announceFirst: () => void = () => undefined;
  /** Resolves with the first configuration. */
  readonly first = new Promise<void>((resolve) => (this.announceFirst = resolve));

  constructor(private readonly options: SnapshotKeeperOptions) {}

  /** The configuration in force; asking before there is one is a bug: the lanes are left alone until `first`. */
  get current(): Configuration {
    if (!this.configuration) throw new Error('there is no configuration yet');
    return this.configuration;
  }

  get revision(): number | undefined {
    return this.configuration?.revision;
  }

  /** Reads the file, asks config-service, and goes on asking. */
  async start(): Promise<void> {
    await this.loadFile();
    await this.refresh();
    this.timer = setInterval(() => void this.refresh(), this.options.pollMs ?? 10_000);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.refreshing;
  }

  /** Asks config-service for what changed; calls during a running one lead to one more. Never rejects. */
  refresh(): Promise<void> {
    if (this.refreshing) {
      this.again = true;
      return this.refreshing;
    }
    this.refreshing = this.fetchAll().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private async fetchAll(): Promise<void> {
    do {
      this.again = false;
      await this.fetchOnce();
    } while (this.again);
  }

  private async fetchOnce(): Promise<void> {
    const since = this.configuration?.revision;
    try {
      const { status, data } = await this.options.http.get<Snapshot>('/v1/snapshot', {
        ...(since !== undefined && { params: { since }, headers: { 'If-None-Match': `"${since}"` } }),
        validateStatus: (code) => code === 200 || code === 304,
      });
      this.sayReachable();
      if (status === 304 || data.revision === since) return;
      this.apply(data);
      await this.saveFile();
    } catch (error) {
      this.sayUnreachable(error);
    }
  }

  private apply(snapshot: Snapshot): void {
    const { configuration, unusable } = applySnapshot(this.configuration, snapshot, this.options.ring);
    if (snapshot.full) this.records.clear();
    for (const id of snapshot.deleted) this.records.delete(id);
    for (const integration of snapshot.integrations) this.records.set(integration.id, integration);
    this.configuration = configuration;
    const { logger } = this.options;
    for (const one of unusable) logger.error(one, 'an integration cannot be used and does not fire');
    const { revision, integrations } = configuration;
    logger.info({ revision, integrations: integrations.size, full: snapshot.full }, 'configuration applied');
    this.announceFirst();
  }

  private async loadFile(): Promise<void> {
    const { file, ring, logger } = this.options;
    try {
      this.apply(JSON.parse(open(ring, await readFile(file, 'utf8'), fileAad)) as Snapshot);
    } catch (error) {
      const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!absent)
        logger.warn({ file, reason: messageOf(error) }, 'the kept configuration cannot be used; asking config-service');
    }
  }

  /** Written beside and renamed, so a crash leaves the old one or the new one. */
  private async saveFile(): Promise<void> {
    const { file, ring } = this.options;
    const snapshot: Snapshot = {
      revision: this.current.revision,
      full: true,
      integrations: [...this.records.values()],
      deleted: [],
    };
    await writeFile(`${file}.new`, seal(ring, JSON.stringify(snapshot), fileAad), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  private sayReachable(): void {
    if (!this.reachable) this.options.logger.info({}, 'config-service answers again');
    this.reachable = true;
  }

  private sayUnreachable(error: unknown): void {
    if (!this.reachable) return;
    this.reachable = false;
    const going = this.configuration
      ? `going on with revision ${this.configuration.revision}`
      : 'waiting for it; the lanes are left alone';
    this.options.logger.warn({ reason: messageOf(error) }, `config-service does not answer; ${going}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
