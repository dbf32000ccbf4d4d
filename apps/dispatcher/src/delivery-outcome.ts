import { messageTypes, queueNames, type AttemptRecord, type DeliveryRecord, type Stage } from '@patchbay/contracts';
import type { JsonObject } from '@patchbay/edi';
import type { OutgoingMessage } from '@patchbay/messaging';
import type { DueDelivery } from './work';

/** Which delivery this is: everything about it that is known before it is tried. */
export type DeliveryHead = Pick<
  DeliveryRecord,
  | 'id'
  | 'key'
  | 'integrationId'
  | 'integrationName'
  | 'integrationVersion'
  | 'ordinal'
  | 'role'
  | 'method'
  | 'url'
  | 'attemptCount'
>;

/** What one pass came to for one integration. Expected things are values; a throw is lost or broken infrastructure. */
export type DeliveryEnd =
  | { status: 'succeeded'; failureClass?: string }
  | { status: 'skipped' | 'cancelled' | 'expired'; reason: string }
  | { status: 'dead'; reason: string; failureClass: string; stage: Stage }
  | { status: 'retrying'; reason: string; failureClass: string; stage: Stage; due: DueDelivery };

/** The failure class of a delivery that waits for its service without having been tried. */
export const parkedClass = 'parked';

export interface DeliveryOutcome {
  head: DeliveryHead;
  end: DeliveryEnd;
  attempts: AttemptRecord[];
  set: JsonObject;
  save: JsonObject;
  notDone: { name: string; reason: string }[];
  answerExcerpt?: string;
  /** The service said that it is gone for good, and nothing about the call depends on the event. */
  suspends?: true;
}

/** Whether a delivery was put aside, for its service is not ready for it. */
export function isParked({ end }: DeliveryOutcome): boolean {
  return end.status === 'retrying' && end.failureClass === parkedClass;
}

/** An outcome of a delivery that made no call in this pass. */
export function withoutCall(head: DeliveryHead, end: DeliveryEnd): DeliveryOutcome {
  return { head, end, attempts: [], set: {}, save: {}, notDone: [] };
}

/** The record of an outcome; values that may be personal are left to the sealed detail. */
export function recordOf(
  outcome: DeliveryOutcome,
  replay: { replayId: string; replayOf: string } | undefined,
): DeliveryRecord {
  const { head, end, attempts, set, save, notDone } = outcome;
  return {
    ...head,
    status: end.status,
    ...('reason' in end && { reason: end.reason }),
    ...('failureClass' in end && { failureClass: end.failureClass }),
    ...('stage' in end && { stage: end.stage }),
    ...('due' in end && { nextAttemptAt: new Date(end.due.due).toISOString() }),
    attempts,
    setNames: Object.keys(set),
    saveKeys: Object.keys(save),
    notDone,
    ...(replay && { replayOf: replay.replayOf, replayId: replay.replayId }),
  };
}

/** A message straight to one of the queues that delivery-log reads. */
export function toQueue(
  queue: keyof Pick<typeof queueNames, 'deadLetters' | 'rejected'>,
  id: string,
  body: object,
): OutgoingMessage {
  const type = queue === 'deadLetters' ? messageTypes.deadLetter : messageTypes.rejected;
  return { exchange: '', routingKey: queueNames[queue], body: JSON.stringify(body), messageId: id, type };
}
