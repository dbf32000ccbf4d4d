import { ageStart, type LifecycleEvent } from '@patchbay/edi';
import { type JobMessage, type LaneEvent, type ReplayOrder } from '@patchbay/contracts';
import type { Delivery } from '@patchbay/messaging';
import type { Sealer } from '@patchbay/secrets';
import type { Work } from './work';

/** What came from a lane: work, a job that is not due yet, or a body that is neither. */
export type LaneInput =
  | { kind: 'work'; work: Work }
  | { kind: 'early'; job: JobMessage; body: Buffer }
  | { kind: 'malformed'; reason: string };

/** The sealed part of a retry job. */
export type SealedWork = Omit<Work, 'id' | 'lane' | 'fresh' | 'dueBy' | 'redelivered'>;

/** AAD of a job's sealed part. */
export const jobAad = (jobId: string) => `job:${jobId}`;

/** Half a rung early is early enough: the broker's expiry is not exact. */
const earlyByMs = 20;

/** Reads a message of a lane; `now` in epoch milliseconds. */
export function readLaneMessage(
  { body, routingKey, redelivered }: Delivery,
  lane: number,
  sealer: Sealer,
  now: number,
): LaneInput {
  try {
    if (!routingKey.endsWith('.job')) {
      const event = JSON.parse(body.toString()) as LaneEvent;
      return { kind: 'work', work: { ...freshWork(event, lane), redelivered } };
    }
    const job = JSON.parse(body.toString()) as JobMessage;
    if (Date.parse(job.due) > now + earlyByMs) return { kind: 'early', job, body };
    return { kind: 'work', work: { ...openJob(job, lane, sealer, now), redelivered } };
  } catch (error) {
    return { kind: 'malformed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function freshWork({ acceptedAt, ...event }: LaneEvent, lane: number): Work {
  const ageFrom = ageStart(event.event.datetime, acceptedAt);
  if (Number.isNaN(ageFrom) || typeof event.contact.guid !== 'string')
    throw new Error('not an event as intake writes it');
  return emptyWork(event.id, event, acceptedAt, ageFrom, lane);
}

function emptyWork(id: string, event: LifecycleEvent, acceptedAt: string, ageFrom: number, lane: number): Work {
  return {
    id,
    event,
    acceptedAt,
    ageFrom,
    setFrom: ageFrom,
    lane,
    saved: {},
    setsDone: [],
    started: 0,
    due: [],
    dueBy: 0,
    skipped: [],
    redelivered: false,
    fresh: true,
  };
}

function openJob(job: JobMessage, lane: number, sealer: Sealer, now: number): Work {
  const opened: unknown = JSON.parse(sealer.open(job.sealed, jobAad(job.id)));
  // Asked once, here: were it asked again later, a job could be taken as due and yet nothing in it be tried.
  const dueBy = Math.max(now, Date.parse(job.due));
  if (job.kind === 'retry')
    return { ...(opened as SealedWork), id: job.id, lane, dueBy, redelivered: false, fresh: false };
  const { replayId, replayOf, integrationId, event, acceptedAt } = opened as ReplayOrder;
  // A replay is as young as its order; whether its set is stale still goes by the event's own time.
  const work = emptyWork(job.id, event, acceptedAt, Date.parse(job.due), lane);
  const setFrom = ageStart(event.event.datetime, acceptedAt);
  return { ...work, setFrom, replay: { replayId, replayOf, integrationId }, fresh: false };
}
