import { conversationOf } from '@patchbay/edi';
import type { Sealer } from '@patchbay/secrets';
import type { Configuration } from './configuration';
import { deadLetterOf } from './dead-letter';
import type { DeliveryOutcome } from './delivery-outcome';
import { eventRecord } from './event-record';
import { jobMessage, jobsOf, sealJob } from './job-message';
import { longestStreak, type NotFoundStreaks } from './not-found-streaks';
import type { OperatorEvents } from './operator-events';
import type { RecordBatcher, Send } from './record-batcher';
import { resultOf } from './result-message';
import type { SerialQueue } from './serial-queue';
import { awaitedLater, walkChain, type WalkTools } from './walk-chain';
import type { Work } from './work';

/** Everything the dispatcher works with. */
export interface DispatchTools extends Omit<WalkTools, 'report'> {
  configuration(): Configuration;
  /** Chains of one conversation run one after the other. */
  conversations: SerialQueue;
  records: RecordBatcher;
  operatorEvents: OperatorEvents;
  streaks: NotFoundStreaks;
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
  tools.reach('between-publishes', work.event);
  const listeners = await Promise.all(pass.listeners);
  for (const outcome of listeners) report(outcome);
  const outcomes = [...pass.members, ...listeners];
  const jobs = jobsOf(work, pass, listeners, tools);
  const sealed = jobs.map((job) => sealJob(job, work, tools));
  for (const job of sealed) publish(tools.send(jobMessage(job, work.lane, tools)));
  for (const outcome of outcomes.filter(isDead)) publish(tools.send(deadLetterOf(outcome, work, tools)));
  for (const outcome of outcomes) for (const telling of newsOf(outcome, configuration, tools)) publish(telling);
  // What a condition left aside is asked again with the chain's retry, so it is recorded when the chain has ended.
  const ended = jobs.some(({ skipped }) => skipped.length > 0) ? outcomes : [...outcomes, ...pass.skipped];
  publish(tools.records.add(eventRecord({ work, pass, outcomes: ended, jobs: sealed }, configuration, tools)));
  await Promise.all(publishes);
  tools.reach('before-ack', work.event);
}

/** What operators should know of an outcome. */
function newsOf(
  { head: { integrationId }, end, suspends }: DeliveryOutcome,
  { integrations }: Configuration,
  { operatorEvents, suspensions, streaks }: DispatchTools,
): Promise<void>[] {
  const ready = integrations.get(integrationId);
  if (suspends && ready && suspensions.add(ready)) {
    return [operatorEvents.tell('suspended', integrationId, 'its service answered 410: gone for good')];
  }
  if (end.status !== 'succeeded') return [];
  if (!streaks.note(integrationId, end.failureClass === 'not_found')) return [];
  const message = `its service found nothing ${longestStreak} times in a row; does it ask for the right thing?`;
  return [operatorEvents.tell('always-not-found', integrationId, message)];
}

function isDead({ end }: DeliveryOutcome): boolean {
  return end.status === 'dead';
}
