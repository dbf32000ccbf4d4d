import type { EventRecord, JobMessage, SealedDetail, WaitingJob } from '@patchbay/contracts';
import { conversationOf } from '@patchbay/edi';
import type { Sealer } from '@patchbay/secrets';
import type { Configuration } from './configuration';
import { recordOf, type DeliveryOutcome } from './delivery-outcome';
import { recordIdOf } from './ids';
import type { Pass } from './walk-chain';
import type { Work } from './work';

/** What a record tells of; `outcomes` are those that ended or wait, `jobs` what waits in the ladder. */
export interface Recorded {
  work: Work;
  pass: Pass;
  outcomes: DeliveryOutcome[];
  jobs: JobMessage[];
}

/** What one pass over an event came to, for delivery-log. */
export function eventRecord(
  { work, pass, outcomes, jobs }: Recorded,
  { revision }: Configuration,
  { sealer, now }: { sealer: Sealer; now(): number },
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
    ...(jobs.length > 0 && { jobs: jobs.map(waitingOf) }),
    sealed: sealer.seal(JSON.stringify(detailOf(work, outcomes)), `record:${id}`),
  };
}

/** Should the broker lose the job, the record still has it. */
function waitingOf({ id, due, sealed }: JobMessage): WaitingJob {
  return { id, recordId: recordIdOf(id), due, sealed };
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
