import { jobRoutingKey, messageTypes, rungFor, type JobMessage } from '@patchbay/contracts';
import { conversationOf } from '@patchbay/edi';
import type { OutgoingMessage } from '@patchbay/messaging';
import type { Sealer } from '@patchbay/secrets';
import type { DeliveryOutcome } from './delivery-outcome';
import { deliveryIdOf, idempotencyKey, jobIdOf } from './ids';
import { jobAad, type SealedWork } from './read-work';
import type { Pass } from './walk-chain';
import type { DueDelivery, Work } from './work';

/** What jobs need of the world. */
export interface JobTools {
  sealer: Sealer;
  /** Epoch milliseconds. */
  now(): number;
  timeScale: number;
}

/** What is to be done again later. */
export interface Job {
  id: string;
  due: number;
  dueDeliveries: DueDelivery[];
  skipped: string[];
  pass: Pass;
}

/** One job for the chain's failed members, one for each failed listener. */
export function jobsOf(work: Work, pass: Pass, listeners: DeliveryOutcome[], { now }: JobTools): Job[] {
  const chain = [...pass.waiting, ...pass.members.flatMap(dueOf)];
  const skipped = [...pass.skipped.map(({ head }) => head.integrationId), ...pass.postponed];
  const job = (dueDeliveries: DueDelivery[], aside: string[]): Job => ({
    id: jobIdOf(deliveryIdIn(work, dueDeliveries[0]!), work.id),
    due: Math.max(now(), Math.min(...dueDeliveries.map(({ due }) => due))),
    dueDeliveries,
    skipped: aside,
    pass,
  });
  return [...(chain.length > 0 ? [job(chain, skipped)] : []), ...listeners.flatMap(dueOf).map((due) => job([due], []))];
}

function deliveryIdIn({ event, replay }: Work, { integrationId }: DueDelivery): string {
  return deliveryIdOf(idempotencyKey(event.id, integrationId), replay?.replayId);
}

function dueOf({ end }: DeliveryOutcome): DueDelivery[] {
  return end.status === 'retrying' ? [end.due] : [];
}

/** The job with its work sealed. */
export function sealJob(
  { id, due, dueDeliveries, skipped, pass }: Job,
  work: Work,
  { sealer }: Pick<JobTools, 'sealer'>,
): JobMessage {
  const { event, acceptedAt, replay } = work;
  // The age of what was delayed counts from its due time.
  const isDelay = dueDeliveries.every(({ attempts, parkings }) => attempts === 0 && parkings === undefined);
  const [ageFrom, setFrom] = isDelay ? [due, due] : [work.ageFrom, work.setFrom];
  const { saved, setsDone, started } = pass;
  const sealed: SealedWork = {
    event,
    acceptedAt,
    ageFrom,
    setFrom,
    saved,
    setsDone,
    started,
    due: dueDeliveries,
    skipped,
    ...(replay && { replay }),
  };
  return {
    id,
    kind: 'retry',
    conversation: conversationOf(event),
    acceptedAt,
    due: new Date(due).toISOString(),
    sealed: sealer.seal(JSON.stringify(sealed), jobAad(id)),
  };
}

/** The sealed job on its way into the rung that fits its wait. */
export function jobMessage(job: JobMessage, lane: number, { now, timeScale }: JobTools): OutgoingMessage {
  return waitingJob(job, JSON.stringify(job), lane, now(), timeScale);
}

/** Sends a job into the rung that fits what remains of its wait; from there it comes back to its lane. */
export function waitingJob(
  job: JobMessage,
  body: Buffer | string,
  lane: number,
  now: number,
  timeScale: number,
): OutgoingMessage {
  return {
    exchange: rungFor(Date.parse(job.due) - now, timeScale),
    routingKey: jobRoutingKey(lane),
    body,
    messageId: job.id,
    type: messageTypes.job,
  };
}
