import type { DataSource, EntityManager } from 'typeorm';
import { settleAcceptances } from '../acceptances';
import { insertRows } from '../insert-rows';
import type { Partitions } from '../partitions/partitions';
import { noteJobs } from '../second-net/note-jobs';
import { noteIntegrationNames } from './integration-names';
import type { RecordRows } from './record-rows';

const context = [
  'id',
  'record_id',
  'accepted_at',
  'recorded_at',
  'conversation',
  'contact_id',
  'channel',
  'direction',
  'event_name',
  'event_datetime',
  'queue_id',
  'lane',
  'config_revision',
];

const ofDelivery = [
  'event_id',
  'key',
  'integration_id',
  'integration_name',
  'integration_version',
  'ordinal',
  'role',
  'replay_of',
  'replay_id',
];

/** What changes as a delivery goes on. */
const ofProgress = [
  'status',
  'reason',
  'failure_class',
  'stage',
  'method',
  'url',
  'http_status',
  'duration_ms',
  'attempt_count',
  'next_attempt_at',
  'set_names',
  'save_keys',
  'not_done',
];

/** Kept by a delivery that ends without another attempt, as `sideAfter` of record-rows has it. */
const side = `side = case when excluded.status = 'succeeded' then null else coalesce(excluded.side, deliveries.side) end`;

const columns = {
  records: ['id', 'event_id', 'accepted_at', 'recorded_at', 'sealed'],
  events: [...context, 'matched_count', 'left_out'],
  deliveries: [...context, ...ofDelivery, ...ofProgress, 'side'],
  attempts: [
    'id',
    'delivery_id',
    'accepted_at',
    'number',
    'started_at',
    'duration_ms',
    'http_status',
    'failure_class',
    'failure',
    'stage',
    'side',
    'timing',
  ],
};

const updated = [...ofProgress, 'record_id', 'recorded_at', 'config_revision'];

/** Forward only: a terminal row never changes, and of two that still retry the later attempt stays. */
const goForward = `on conflict (id, accepted_at) do update set ${[...updated.map((name) => `${name} = excluded.${name}`), side].join(', ')}
  where deliveries.status = 'retrying' and (excluded.status <> 'retrying'
    or (excluded.attempt_count, excluded.recorded_at) > (deliveries.attempt_count, deliveries.recorded_at))
  returning id`;

const once = 'on conflict do nothing returning id';

/** Where records are written. */
export interface RecordStore {
  dataSource: DataSource;
  partitions: Partitions;
}

/** Writes the rows in one transaction; writing them twice changes nothing. Gives the ids of deliveries that changed. */
export async function writeRecords({ dataSource, partitions }: RecordStore, rows: RecordRows): Promise<Set<string>> {
  const all = [...rows.records, ...rows.events, ...rows.attempts, ...rows.deliveries];
  await partitions.prepare(all.map(({ accepted_at }) => accepted_at));
  return dataSource.transaction(async (manager) => {
    await settleAcceptances(manager, all);
    const written = await insertRows(manager, 'records', columns.records, rows.records, once);
    await insertRows(manager, 'events', columns.events, rows.events, once);
    await insertRows(manager, 'attempts', columns.attempts, rows.attempts, once);
    await noteJobs(manager, idsOf(written), rows.jobs);
    await noteIntegrationNames(manager, rows.deliveries);
    const changed = await insertRows(manager, 'deliveries', columns.deliveries, rows.deliveries, goForward);
    const progressed = new Set(idsOf(changed));
    await giveSides(
      manager,
      rows.deliveries.filter(({ id, side }) => side !== undefined && !progressed.has(id)),
    );
    return progressed;
  });
}

/** The last attempt's record may come after the one that ends a delivery without another; its side still belongs there. */
async function giveSides(manager: EntityManager, late: RecordRows['deliveries']): Promise<void> {
  if (late.length === 0) return;
  await manager.query(
    `update deliveries set side = late.side
     from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as late (id, accepted_at, side)
     where deliveries.id = late.id and deliveries.accepted_at = late.accepted_at
       and deliveries.side is null and deliveries.status not in ('succeeded', 'retrying')`,
    [idsOf(late), late.map(({ accepted_at }) => accepted_at), late.map(({ side }) => side)],
  );
}

function idsOf(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
