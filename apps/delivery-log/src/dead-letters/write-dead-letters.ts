import type { DeadLetterMessage } from '@patchbay/contracts';
import { settleAcceptances, type AcceptedRow } from '../acceptances';
import { Batcher } from '../batcher';
import { dataFaultOf } from '../data-fault';
import { insertRows } from '../insert-rows';
import type { RecordStore } from '../records/write-records';

const columns = [
  'delivery_id',
  'accepted_at',
  'died_at',
  'key',
  'event_id',
  'integration_id',
  'integration_name',
  'integration_version',
  'conversation',
  'channel',
  'direction',
  'event_name',
  'reason',
  'stage',
  'failure_class',
  'attempt_count',
  'replay_of',
  'sealed',
  'status',
];

/** The row of a dead letter; throws when the message is none. */
export function deadLetterRow(message: DeadLetterMessage) {
  return {
    // Only its own: a dead letter names its event, not the replay it may be of.
    acceptance: message.deliveryId,
    delivery_id: message.deliveryId,
    accepted_at: message.acceptedAt,
    died_at: message.diedAt,
    key: message.key,
    event_id: message.eventId,
    integration_id: message.integrationId,
    integration_name: message.integrationName,
    integration_version: message.integrationVersion,
    conversation: message.conversation,
    channel: message.channel,
    direction: message.direction,
    event_name: message.eventName,
    reason: message.reason,
    stage: message.stage,
    failure_class: message.failureClass,
    attempt_count: message.attemptCount,
    replay_of: message.replayOf,
    sealed: message.sealed,
    status: 'waiting',
  };
}

/** Commits dead letters in batches; one that is there already stays as it is. */
export function createDeadLettersBatcher({ dataSource, partitions }: RecordStore): Batcher<AcceptedRow> {
  return new Batcher({
    commit: async (rows) => {
      await partitions.prepare(rows.map(({ accepted_at }) => accepted_at));
      await dataSource.transaction(async (manager) => {
        await settleAcceptances(manager, rows);
        await insertRows(manager, 'dead_letters', columns, rows, 'on conflict do nothing');
      });
    },
    weigh: () => 1,
    maxWeight: 500,
    faultOf: dataFaultOf,
  });
}
