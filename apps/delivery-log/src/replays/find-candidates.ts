import type { DataSource } from 'typeorm';
import { conditionsOf } from './replay-filter';
import type { ReplayFilterDto } from './replay.dto';

/** How many deliveries a filter means, and how many of them have been replayed already and will not be again. */
export interface Found {
  found: number;
  alreadyReplayed: number;
}

/** A delivery that would be replayed, with its event sealed. */
export interface Candidate {
  deliveryId: string;
  eventId: string;
  integrationId: string;
  integration: string;
  integrationVersion: number;
  event: string;
  eventDatetime: string;
  channel: string;
  status: string;
  reason: string | null;
  acceptedAt: Date;
  recordId: string | null;
  recordSealed: string | null;
  letterSealed: string | null;
}

/** The claim of a delivery: it is part of an operation that has replayed it, or will. */
const claimed = `left join replay_items c on c.delivery_id = d.id and c.state in ('waiting', 'published')`;

export async function countCandidates(dataSource: DataSource, filter: ReplayFilterDto, createdAt: Date) {
  const { where, parameters } = conditionsOf(filter, createdAt);
  const [counts]: Found[] = await dataSource.query(
    `select count(*)::int as found, count(c.delivery_id)::int as "alreadyReplayed" from deliveries d ${claimed} ${where}`,
    parameters,
  );
  return counts!;
}

/** The first that would be sent. */
export async function sampleCandidates(
  dataSource: DataSource,
  filter: ReplayFilterDto,
  createdAt: Date,
  limit: number,
): Promise<Candidate[]> {
  const { where, parameters } = conditionsOf(filter, createdAt);
  return dataSource.query(
    `select d.id as "deliveryId", d.event_id as "eventId", d.integration_id as "integrationId",
       d.integration_name as "integration", d.integration_version as "integrationVersion", d.event_name as "event",
       d.event_datetime as "eventDatetime", d.channel, d.status, d.reason,
       coalesce(e.accepted_at, d.accepted_at) as "acceptedAt", r.id as "recordId", r.sealed as "recordSealed",
       l.sealed as "letterSealed"
     from deliveries d ${claimed}
     left join events e on e.id = d.event_id left join records r on r.id = e.record_id
     left join dead_letters l on l.delivery_id = d.id
     ${where} and c.delivery_id is null order by d.accepted_at, d.id limit ${limit}`,
    parameters,
  );
}
