import type { AttemptRecord, DeliveryRecord, EventRecord, OutcomeBatch, Side } from '@patchbay/contracts';
import type { AcceptedRow } from '../acceptances';
import { waitingJobRows, type WaitingJobRow } from '../second-net/waiting-job-rows';

/** The rows of one or more outcome batches, named as their columns are. */
export interface RecordRows {
  records: RecordRow[];
  events: RecordRow[];
  deliveries: DeliveryRow[];
  attempts: (RecordRow & { delivery_id: string; number: number })[];
  jobs: WaitingJobRow[];
}

export interface RecordRow extends AcceptedRow {
  id: string;
}

export interface DeliveryRow extends RecordRow {
  integration_id: string;
  integration_name: string;
  status: string;
  attempt_count: number;
  recorded_at: string;
  side: Side | undefined;
}

/** The rows of a batch; throws when it is none. */
export function rowsOf({ records }: OutcomeBatch): RecordRows {
  return {
    records: records.map((record) => ({
      ...acceptanceOf(record),
      id: record.id,
      event_id: record.eventId,
      recorded_at: record.recordedAt,
      sealed: record.sealed,
    })),
    events: records.filter(({ matchedCount }) => matchedCount !== undefined).map(eventRow),
    deliveries: records.flatMap((record) => record.deliveries.map((delivery) => deliveryRow(record, delivery))),
    attempts: records.flatMap((record) =>
      record.deliveries.flatMap((delivery) =>
        delivery.attempts.map((attempt) => attemptRow(record, delivery, attempt)),
      ),
    ),
    jobs: records.flatMap(waitingJobRows),
  };
}

/** Rows of several batches as one, in an order that is the same in every process, so that writers never deadlock. */
export function mergeRows(all: RecordRows[]): RecordRows {
  return {
    records: all.flatMap(({ records }) => records).sort(byId),
    events: all.flatMap(({ events }) => events).sort(byId),
    deliveries: furthest(all.flatMap(({ deliveries }) => deliveries)).sort(byId),
    attempts: all.flatMap(({ attempts }) => attempts).sort(byId),
    jobs: all.flatMap(({ jobs }) => jobs).sort(byId),
  };
}

/** One row per delivery: the first terminal one, else the one with most attempts. */
function furthest(rows: DeliveryRow[]): DeliveryRow[] {
  const kept = new Map<string, DeliveryRow>();
  for (const row of rows) {
    const other = kept.get(row.id);
    if (!other || goesBeyond(row, other)) kept.set(row.id, { ...row, side: sideAfter(other, row) });
  }
  return [...kept.values()];
}

/** A delivery that ends without another attempt, such as an expired one, keeps the side of the last that failed. */
function sideAfter(other: DeliveryRow | undefined, { status, side }: DeliveryRow): Side | undefined {
  return status === 'succeeded' ? undefined : (side ?? other?.side);
}

/** The rule of the upsert in write-records, for two rows of one statement. */
function goesBeyond(row: DeliveryRow, other: DeliveryRow): boolean {
  if (other.status !== 'retrying') return false;
  if (row.status !== 'retrying' || row.attempt_count > other.attempt_count) return true;
  return row.attempt_count === other.attempt_count && Date.parse(row.recorded_at) > Date.parse(other.recorded_at);
}

function byId(one: { id: string }, other: { id: string }): number {
  return one.id < other.id ? -1 : Number(one.id > other.id);
}

/** A replay is accepted when it is asked for, whatever is known of its event. */
function acceptanceOf({ eventId, acceptedAt, deliveries }: EventRecord): AcceptedRow {
  return { acceptance: deliveries.find(({ replayId }) => replayId)?.replayId ?? eventId, accepted_at: acceptedAt };
}

function contextOf(record: EventRecord) {
  return {
    ...acceptanceOf(record),
    recorded_at: record.recordedAt,
    record_id: record.id,
    conversation: record.conversation,
    contact_id: record.contactId,
    channel: record.channel,
    direction: record.direction,
    event_name: record.eventName,
    event_datetime: record.eventDatetime,
    queue_id: record.queueId,
    lane: record.lane,
    config_revision: record.configRevision,
  };
}

function eventRow(record: EventRecord) {
  const { eventId: id, matchedCount: matched_count, leftOut: left_out } = record;
  return { ...contextOf(record), id, matched_count, left_out };
}

function deliveryRow(record: EventRecord, delivery: DeliveryRecord) {
  const last = delivery.attempts.at(-1);
  return {
    ...contextOf(record),
    id: delivery.id,
    event_id: record.eventId,
    key: delivery.key,
    integration_id: delivery.integrationId,
    integration_name: delivery.integrationName,
    integration_version: delivery.integrationVersion,
    ordinal: delivery.ordinal,
    role: delivery.role,
    status: delivery.status,
    reason: delivery.reason,
    failure_class: delivery.failureClass,
    stage: delivery.stage,
    side: last?.side,
    method: delivery.method,
    url: delivery.url,
    http_status: last?.status,
    duration_ms: last?.durationMs,
    attempt_count: delivery.attemptCount,
    next_attempt_at: delivery.nextAttemptAt,
    set_names: delivery.setNames,
    save_keys: delivery.saveKeys,
    not_done: delivery.notDone,
    replay_of: delivery.replayOf,
    replay_id: delivery.replayId,
  };
}

function attemptRow(record: EventRecord, delivery: DeliveryRecord, attempt: AttemptRecord) {
  return {
    ...acceptanceOf(record),
    id: attempt.id,
    delivery_id: delivery.id,
    number: attempt.number,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    http_status: attempt.status,
    failure_class: attempt.failureClass,
    failure: attempt.failure,
    stage: attempt.stage,
    side: attempt.side,
    timing: attempt.timing,
  };
}
