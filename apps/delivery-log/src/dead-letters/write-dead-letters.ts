import type { DeadLetterMessage } from '@patchbay/contracts';
import type { DataSource } from 'typeorm';
import { Batcher } from '../batcher';
import { dataFaultOf } from '../data-fault';
import { insertRows } from '../insert-rows';

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
export function createDeadLettersBatcher(dataSource: DataSource): Batcher<object> {
  return new Batcher({
    commit: async (rows) => {
      await insertRows(dataSource.manager, 'dead_letters', columns, rows, 'on conflict (delivery_id) do nothing');
    },
    weigh: () => 1,
    maxWeight: 500,
    faultOf: dataFaultOf,
  });
}
