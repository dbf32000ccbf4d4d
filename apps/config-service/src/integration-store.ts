import type { Snapshot, SnapshotIntegration } from '@patchbay/contracts';
import type { FiringRecord, Integration, LifecycleEvent } from '@patchbay/edi';
import { Brackets, type DataSource, type EntityManager, MoreThan } from 'typeorm';
import { ConfigChange } from './config-change';
import { DeletedIntegrationEntity } from './entities/deleted-integration.entity';
import { IntegrationVersionEntity } from './entities/integration-version.entity';
import { IntegrationEntity } from './entities/integration.entity';

/** Which integrations to list, by name; `after` is the name that the page before ended with. */
export interface Listing {
  after?: string;
  limit: number;
  search?: string;
  channel?: string;
  event?: string;
}

/** Where integrations live. Changes run one at a time, so that revisions commit in order and without gaps. */
export class IntegrationStore {
  /** `announce` is told of each revision after its commit. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly announce: (revision: number) => void,
  ) {}

  /** Runs one change in a transaction of its own; a throw undoes it, and what writes nothing takes no revision. */
  async change<T>(by: string, work: (change: ConfigChange) => Promise<T>): Promise<T> {
    const { result, change } = await this.dataSource.transaction(async (manager) => {
      const change = new ConfigChange(manager, await nextRevision(manager), by);
      const result = await work(change);
      if (change.written) await manager.query('update revision set value = $1', [change.revision]);
      return { result, change };
    });
    if (change.written) this.announce(change.revision);
    return result;
  }

  find(id: string): Promise<IntegrationEntity | null> {
    return this.dataSource
      .getRepository(IntegrationEntity)
      .findOne({ where: { id }, relations: { authentications: true } });
  }

  /** A page of integrations and, when there are more, one beyond it. */
  list({ after, limit, search, channel, event }: Listing): Promise<IntegrationEntity[]> {
    const query = this.dataSource
      .getRepository(IntegrationEntity)
      .createQueryBuilder('integration')
      .leftJoinAndSelect('integration.authentications', 'authentication')
      .orderBy('integration.name')
      .take(limit + 1);
    if (after !== undefined) query.andWhere('integration.name > :after', { after });
    if (channel !== undefined) query.andWhere('integration.channel = :channel', { channel });
    if (event !== undefined) query.andWhere(':event = any(integration.events)', { event });
    if (search !== undefined) query.andWhere(contains(search));
    return query.getMany();
  }

  async isTaken(name: string, exceptId: string): Promise<boolean> {
    const found = await this.dataSource.getRepository(IntegrationEntity).findOneBy({ name });
    return found !== null && found.id !== exceptId;
  }

  /** When all others fire that share an event with the record. */
  neighbours({ id, events }: Pick<Integration, 'id' | 'events'>): Promise<FiringRecord[]> {
    const query = `
      select id, name, channel, events,
        record ->> 'direction' as direction, record -> 'queues' as queues, record -> 'direct' as direct
      from integrations where events && $1 and id <> $2
      order by (record ->> 'ordinal')::int, name`;
    return this.dataSource.query<FiringRecord[]>(query, [events, id]);
  }

  /** Those that may match the event: all that do, and some whose queues differ or that are suspended. */
  candidates({ event, contact }: LifecycleEvent): Promise<IntegrationEntity[]> {
    return this.dataSource
      .getRepository(IntegrationEntity)
      .createQueryBuilder('integration')
      .leftJoinAndSelect('integration.authentications', 'authentication')
      .where(':event = any(integration.events)', { event: event.name })
      .andWhere('integration.channel in (:...channels)', { channels: [contact.channel_type, 'multi'] })
      .andWhere(`integration.record ->> 'direction' in (:...directions)`, { directions: [contact.direction, 'both'] })
      .getMany();
  }

  /** Every version there ever was, newest first; also of deleted integrations. */
  versions(id: string): Promise<IntegrationVersionEntity[]> {
    const repository = this.dataSource.getRepository(IntegrationVersionEntity);
    return repository.find({ where: { integrationId: id }, order: { version: 'DESC' } });
  }

  /** What changed after the revision `since`, seen at one moment; everything when `since` is 0 or not ours. */
  snapshot(since: number): Promise<Snapshot> {
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      const revision = await currentRevision(manager);
      const full = since <= 0 || since > revision;
      const revisions = MoreThan(full ? -1 : since);
      const [integrations, deleted] = [
        await manager.find(IntegrationEntity, { where: { revision: revisions }, relations: { authentications: true } }),
        full ? [] : await manager.find(DeletedIntegrationEntity, { where: { revision: revisions } }),
      ];
      return { revision, full, integrations: integrations.map(sealedForm), deleted: deleted.map(({ id }) => id) };
    });
  }
}

function sealedForm({ record, authentications }: IntegrationEntity): SnapshotIntegration {
  return { ...record, authentications: authentications.map(({ entryId, sealed }) => ({ id: entryId, sealed })) };
}

function contains(search: string): Brackets {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  return new Brackets((where) =>
    where
      .where('integration.name ilike :pattern', { pattern })
      .orWhere(`integration.record ->> 'description' ilike :pattern`, { pattern })
      .orWhere(`integration.record ->> 'endpointUrl' ilike :pattern`, { pattern }),
  );
}

/** Holds the counter's row until the transaction ends: whoever changes next waits for it. */
async function nextRevision(manager: EntityManager): Promise<number> {
  const [{ value }] = (await manager.query<{ value: string }[]>('select value from revision for update')) as [
    { value: string },
  ];
  return Number(value) + 1;
}

async function currentRevision(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ value: string }[]>('select value from revision');
  return Number(row?.value ?? 0);
}
