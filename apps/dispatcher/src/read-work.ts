import {
  laneOf,
  messageTypes,
  queueNames,
  type JobMessage,
  type LaneEvent,
  type ReplayOrder,
} from '@patchbay/contracts';
import { ageStart, conversationOf, type LifecycleEvent } from '@patchbay/edi';
import type { Delivery } from '@patchbay/messaging';
import type { Sealer } from '@patchbay/secrets';
import type { Work } from './work';

/** What came from a lane: work, a job that is not due yet, or a body that is neither. */
export type LaneInput =
  | { kind: 'work'; work: Work }
  | { kind: 'early'; job: JobMessage; lane: number; body: Buffer }
  | { kind: 'malformed'; reason: string };

/** The sealed part of a retry job. */
export type SealedWork = Omit<Work, 'id' | 'lane' | 'fresh' | 'dueBy' | 'redelivered' | 'condemned'>;

/** AAD of a job's sealed part. */
export const jobAad = (jobId: string) => `job:${jobId}`;

/** Half a rung early is early enough: the broker's expiry is not exact. */
const earlyByMs = 20;

/** What it takes to read a message of a lane; `now` in epoch milliseconds. */
export interface ReadingTools {
  lanes: number;
  sealer: Sealer;
  now: number;
}

/** Reads a message of a lane, or one that was taken out of a lane to be worked on alone. */
export function readLaneMessage(delivery: Delivery, { lanes, sealer, now }: ReadingTools): LaneInput {
  const { body, redelivered } = delivery;
  try {
    if (!isJob(delivery)) {
      const event = JSON.parse(body.toString()) as LaneEvent;
      return { kind: 'work', work: { ...freshWork(event, lanes), redelivered } };
    }
    const job = JSON.parse(body.toString()) as JobMessage;
    const lane = laneOf(job.conversation, lanes);
    if (Date.parse(job.due) > now + earlyByMs) return { kind: 'early', job, lane, body };
    return { kind: 'work', work: { ...openJob(job, lane, sealer, now), redelivered } };
  } catch (error) {
    return { kind: 'malformed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The routing key is the word of who published; suspects have lost it on their way. */
function isJob({ queue, routingKey, type }: Delivery): boolean {
  return queue === queueNames.suspects ? type === messageTypes.job : routingKey.endsWith('.job');
}

function freshWork({ acceptedAt, ...event }: LaneEvent, lanes: number): Work {
  const ageFrom = ageStart(event.event.datetime, acceptedAt);
  if (Number.isNaN(ageFrom) || typeof event.contact.guid !== 'string')
    throw new Error('not an event as intake writes it');
  return emptyWork(event.id, event, acceptedAt, ageFrom, laneOf(conversationOf(event), lanes));
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
  const { event, acceptedAt, eventAcceptedAt, ...replay } = opened as ReplayOrder;
  // A replay is as young as its order; whether its set is stale still goes by the event's own time.
  const work = emptyWork(job.id, event, acceptedAt, Date.parse(job.due), lane);
  const setFrom = ageStart(event.event.datetime, eventAcceptedAt ?? acceptedAt);
  return { ...work, setFrom, replay, fresh: false };
}
