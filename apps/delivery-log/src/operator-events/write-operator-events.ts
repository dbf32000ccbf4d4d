import type { OperatorEvent } from '@patchbay/contracts';
import { Batcher } from '../batcher';
import { dataFaultOf } from '../data-fault';
import { insertRows } from '../insert-rows';
import type { RecordStore } from '../records/write-records';

const columns = ['id', 'kind', 'at', 'integration_id', 'integration_name', 'integration_version', 'replica', 'message'];

/** The row of an operator event, also of a kind that is newer than this service; throws when the message is none. */
export function operatorEventRow(event: OperatorEvent) {
  const { id, kind, at, integrationId, integrationName, integrationVersion, replica, message } = event;
  return {
    id,
    kind,
    // PostgreSQL takes "yesterday" and "infinity", too.
    at: new Date(at).toISOString(),
    integration_id: integrationId,
    integration_name: integrationName,
    integration_version: integrationVersion,
    replica,
    message,
  };
}

/** Commits operator events in batches; one that is there already stays as it is. */
export function createOperatorEventsBatcher({ dataSource, partitions }: RecordStore): Batcher<{ at: string }> {
  return new Batcher({
    commit: async (rows) => {
      await partitions.prepare(rows.map(({ at }) => at));
      await insertRows(dataSource.manager, 'operator_events', columns, rows, 'on conflict do nothing');
    },
    weigh: () => 1,
    maxWeight: 500,
    faultOf: dataFaultOf,
  });
}
