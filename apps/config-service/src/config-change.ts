import type { EntityManager } from 'typeorm';
import { AuthenticationEntity } from './entities/authentication.entity';
import { DeletedIntegrationEntity } from './entities/deleted-integration.entity';
import { IntegrationVersionEntity } from './entities/integration-version.entity';
import { IntegrationEntity, type IntegrationRecord } from './entities/integration.entity';

/** What happens to the secrets of an integration in a change; entries in neither list are removed. */
export interface SecretChange {
  kept: string[];
  /** Sealed, by entry id. */
  written: { id: string; sealed: string }[];
}

/** One transaction that changes the configuration, under its own revision. */
export class ConfigChange {
  /** Whether anything was saved or removed. */
  written = false;

  constructor(
    private readonly manager: EntityManager,
    readonly revision: number,
    private readonly by: string,
  ) {}

  find(id: string): Promise<IntegrationEntity | null> {
    return this.manager.findOne(IntegrationEntity, { where: { id }, relations: { authentications: true } });
  }

  /** Whether another integration than `exceptId` has the name. */
  async isTaken(name: string, exceptId: string): Promise<boolean> {
    const holder = await this.manager.findOne(IntegrationEntity, { where: { name }, select: { id: true } });
    return holder !== null && holder.id !== exceptId;
  }

  /** Writes a new version, its place in history, and its secrets; answers it as stored. */
  async save(record: IntegrationRecord, secrets: SecretChange, at: Date): Promise<IntegrationEntity> {
    this.written = true;
    const { id, name, channel, events, version } = record;
    const { revision } = this;
    const row = { id, name, channel, events, version, revision, record, updatedAt: at };
    await this.manager.save(Object.assign(new IntegrationEntity(), row));
    await this.saveSecrets(id, secrets, at);
    const stored = await this.manager.findOneOrFail(IntegrationEntity, {
      where: { id },
      relations: { authentications: true },
    });
    await this.remember(stored, at);
    return stored;
  }

  async remove({ id }: IntegrationEntity, at: Date): Promise<void> {
    this.written = true;
    await this.manager.delete(IntegrationEntity, { id });
    await this.manager.insert(DeletedIntegrationEntity, {
      id,
      revision: this.revision,
      deletedAt: at,
      deletedBy: this.by,
    });
  }

  private async saveSecrets(id: string, { kept, written }: SecretChange, at: Date): Promise<void> {
    const staying = [...kept, ...written.map((entry) => entry.id)];
    await this.manager.query('delete from authentications where integration_id = $1 and entry_id <> all($2)', [
      id,
      staying,
    ]);
    const rows = written.map(({ id: entryId, sealed }) => ({ integrationId: id, entryId, sealed, updatedAt: at }));
    await this.manager.upsert(AuthenticationEntity, rows, ['integrationId', 'entryId']);
  }

  private async remember(
    { id, version, revision, record, authentications }: IntegrationEntity,
    at: Date,
  ): Promise<void> {
    const row = {
      integrationId: id,
      version,
      revision,
      record: { ...record, authentications: authentications.map(({ entryId }) => entryId) },
      changedAt: at,
      changedBy: this.by,
    };
    await this.manager.save(Object.assign(new IntegrationVersionEntity(), row));
  }
}
