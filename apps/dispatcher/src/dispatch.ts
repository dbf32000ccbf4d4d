import {
  exchangeNames,
  jobRoutingKey,
  messageTypes,
  resultRoutingKey,
  rungFor,
  type DeadLetterMessage,
  type EventRecord,
  type JobMessage,
  type ResultMessage,
  type SealedDetail,
} from '@patchbay/contracts';
import { conversationOf, policyOf } from '@patchbay/edi';
import type { OutgoingMessage } from '@patchbay/messaging';
import type { Sealer } from '@patchbay/secrets';
import type { Configuration } from './configuration';
import { recordOf, toQueue, type DeliveryOutcome } from './delivery-outcome';
import { deliveryIdOf, idempotencyKey, jobIdOf, recordIdOf, resultIdOf } from './ids';
import { jobAad, type SealedWork } from './read-work';
import type { RecordBatcher, Send } from './record-batcher';
import type { SerialQueue } from './serial-queue';
import { awaitedLater, walkChain, type Pass, type WalkTools } from './walk-chain';
import type { DueDelivery, Work } from './work';

/** Everything the dispatcher works with. */
export interface DispatchTools extends Omit<WalkTools, 'report'> {
  configuration(): Configuration;
  /** Chains of one conversation run one after the other. */
  conversations: SerialQueue;
  records: RecordBatcher;
  send: Send;
  sealer: Sealer;
}

/**
 * The whole life of one piece of work: walk its chain when the conversation's earlier chains have ended, publish what
 * came of it, record it. Resolves when every publish is confirmed: only then may the message be acked.
 * Rejects with WorkLost when the lane takes the message back meanwhile.
 */
export async function dispatch(work: Work, lost: AbortSignal, tools: DispatchTools): Promise<void> {
  const configuration = tools.configuration();
  const publishes: Promise<void>[] = [];
  const publish = (publishing: Promise<void>) => void publishes.push(awaitedLater(publishing));
  const report = (outcome: DeliveryOutcome) => {
    for (const message of resultOf(outcome, work, configuration)) publish(tools.send(message));
  };
  const pass = await tools.conversations.run(conversationOf(work.event), () =>
    walkChain(work, configuration, lost, { ...tools, report }),
  );
  const listeners = await Promise.all(pass.listeners);
  for (const outcome of listeners) report(outcome);
  const outcomes = [...pass.members, ...listeners];
  const jobs = jobsOf(work, pass, listeners, tools);
  for (const job of jobs) publish(tools.send(jobMessage(job, work, tools)));
  for (const outcome of outcomes.filter(isDead)) publish(tools.send(deadLetterOf(outcome, work, tools)));
  // What a condition left aside is asked again with the chain's retry, so it is recorded when the chain has ended.
  const ended = jobs.some(({ skipped }) => skipped.length > 0) ? outcomes : [...outcomes, ...pass.skipped];
  publish(tools.records.add(eventRecord(work, pass, ended, configuration, tools)));
  await Promise.all(publishes);
}

function isDead({ end }: DeliveryOutcome): boolean {
  return end.status === 'dead';
}

function resultOf(
  { head, set, save }: DeliveryOutcome,
  { event, setFrom }: Work,
  { integrations }: Configuration,
): OutgoingMessage[] {
  const has = { set: Object.keys(set).length > 0, save: Object.keys(save).length > 0 };
  const record = integrations.get(head.integrationId)?.compiled.record;
  if (!record || (!has.set && !has.save)) return [];
  const { contact } = event;
  const { setMaxAge } = policyOf(record.delivery, record.configuration, contact.channel_type);
  const result: ResultMessage = {
    id: resultIdOf(head.id),
    event: { id: event.id, ...event.event },
    contact: { id: contact.id, guid: contact.guid, channel_type: contact.channel_type, direction: contact.direction },
    integration: {
      id: head.integrationId,
      name: head.integrationName,
      ordinal: head.ordinal,
      version: head.integrationVersion,
    },
    expires: new Date(setFrom + setMaxAge * 1_000).toISOString(),
    ...(has.set && { set }),
    ...(has.save && { save }),
  };
  return [
    {
      exchange: exchangeNames.results,
      routingKey: resultRoutingKey(contact.channel_type, contact.direction, has),
      body: JSON.stringify(result),
      messageId: result.id,
      type: messageTypes.result,
      correlationId: contact.id,
    },
  ];
}

interface Job {
  id: string;
  due: number;
  dueDeliveries: DueDelivery[];
  skipped: string[];
  pass: Pass;
}

/** One job for the chain's failed members, one for each failed listener. */
function jobsOf(work: Work, pass: Pass, listeners: DeliveryOutcome[], { now }: DispatchTools): Job[] {
  const chain = [...pass.waiting, ...pass.members.flatMap(dueOf)];
  const skipped = pass.skipped.map(({ head }) => head.integrationId);
  const job = (dueDeliveries: DueDelivery[], aside: string[]): Job => ({
    id: jobIdOf(deliveryIdIn(work, dueDeliveries[0]!), attemptsIn(dueDeliveries)),
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

function attemptsIn(dueDeliveries: DueDelivery[]): number {
  return dueDeliveries.reduce((sum, { attempts }) => sum + attempts, 0);
}

function jobMessage(
  { id, due, dueDeliveries, skipped, pass }: Job,
  work: Work,
  { sealer, now, timeScale }: DispatchTools,
): OutgoingMessage {
  const { event, acceptedAt, replay, lane } = work;
  // The age of what was delayed counts from its due time.
  const isDelay = dueDeliveries.every(({ attempts }) => attempts === 0);
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
  const message: JobMessage = {
    id,
    kind: 'retry',
    conversation: conversationOf(event),
    acceptedAt,
    due: new Date(due).toISOString(),
    sealed: sealer.seal(JSON.stringify(sealed), jobAad(id)),
  };
  return waitingJob(message, JSON.stringify(message), lane, now(), timeScale);
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

function deadLetterOf(
  { head, end }: DeliveryOutcome,
  { event, acceptedAt, replay }: Work,
  { sealer, now }: DispatchTools,
): OutgoingMessage {
  if (end.status !== 'dead') throw new Error('only dead deliveries become dead letters');
  const { contact } = event;
  const letter: DeadLetterMessage = {
    deliveryId: head.id,
    key: head.key,
    eventId: event.id,
    integrationId: head.integrationId,
    integrationName: head.integrationName,
    integrationVersion: head.integrationVersion,
    conversation: conversationOf(event),
    channel: contact.channel_type,
    direction: contact.direction,
    eventName: event.event.name,
    acceptedAt,
    diedAt: new Date(now()).toISOString(),
    reason: end.reason,
    stage: end.stage,
    failureClass: end.failureClass,
    attemptCount: head.attemptCount,
    ...(replay && { replayOf: replay.replayOf }),
    sealed: sealer.seal(JSON.stringify(event), `dead-letter:${head.id}`),
  };
  return toQueue('deadLetters', head.id, letter);
}

function eventRecord(
  work: Work,
  pass: Pass,
  outcomes: DeliveryOutcome[],
  { revision }: Configuration,
  { sealer, now }: DispatchTools,
): EventRecord {
  const { event, acceptedAt, lane, fresh, replay } = work;
  const { contact } = event;
  const id = recordIdOf(work.id);
  const queueId = contact.queue?.['id'];
  return {
    id,
    eventId: event.id,
    acceptedAt,
    recordedAt: new Date(now()).toISOString(),
    conversation: conversationOf(event),
    contactId: contact.id,
    channel: contact.channel_type,
    direction: contact.direction,
    eventName: event.event.name,
    eventDatetime: event.event.datetime,
    queueId: typeof queueId === 'string' ? queueId : null,
    lane,
    configRevision: revision,
    ...(fresh && { matchedCount: pass.matched }),
    deliveries: outcomes.map((outcome) => recordOf(outcome, replay)),
    leftOut: pass.leftOut,
    sealed: sealer.seal(JSON.stringify(detailOf(work, outcomes)), `record:${id}`),
  };
}

function detailOf({ event, fresh }: Work, outcomes: DeliveryOutcome[]): SealedDetail {
  const shown = outcomes.filter(
    ({ set, save, answerExcerpt }) => answerExcerpt || Object.keys(set).length || Object.keys(save).length,
  );
  return {
    ...(fresh && { event }),
    results: Object.fromEntries(
      shown.map(({ head, set, save, answerExcerpt }) => [
        head.id,
        { set, save, ...(answerExcerpt && { answerExcerpt }) },
      ]),
    ),
  };
}
