import type { DataSource } from 'typeorm';
import { insertRows } from '../insert-rows';
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
const goForward = `on conflict (id) do update set ${[...updated.map((name) => `${name} = excluded.${name}`), side].join(', ')}
  where deliveries.status = 'retrying' and (excluded.status <> 'retrying'
    or (excluded.attempt_count, excluded.recorded_at) > (deliveries.attempt_count, deliveries.recorded_at))
  returning id`;

const once = 'on conflict (id) do nothing returning id';

/** Writes the rows in one transaction; writing them twice changes nothing. Gives the ids of deliveries that changed. */
export function writeRecords(dataSource: DataSource, rows: RecordRows): Promise<Set<string>> {
  return dataSource.transaction(async (manager) => {
    await insertRows(manager, 'records', columns.records, rows.records, once);
    await insertRows(manager, 'events', columns.events, rows.events, once);
    await insertRows(manager, 'attempts', columns.attempts, rows.attempts, once);
    const changed = await insertRows(manager, 'deliveries', columns.deliveries, rows.deliveries, goForward);
    return new Set(changed.map(({ id }) => id));
  });
}
