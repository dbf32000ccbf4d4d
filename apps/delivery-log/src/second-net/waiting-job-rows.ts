import type { EventRecord, JobMessage } from '@patchbay/contracts';

/** A job that waits in the ladder; `body` is its JobMessage as it was published. */
export interface WaitingJobRow {
  id: string;
  /** The record that its pass will write. */
  record_id: string;
  accepted_at: string;
  recorded_at: string;
  due: string;
  conversation: string;
  body: string;
}

/** The jobs that a record tells of. */
export function waitingJobRows({ acceptedAt, recordedAt, conversation, jobs }: EventRecord) {
  return (jobs ?? []).map(({ id, recordId, due, sealed }): WaitingJobRow => {
    const message: JobMessage = { id, kind: 'retry', conversation, acceptedAt, due, sealed };
    return {
      id,
      record_id: recordId,
      accepted_at: acceptedAt,
      recorded_at: recordedAt,
      due,
      conversation,
      body: JSON.stringify(message),
    };
  });
}
