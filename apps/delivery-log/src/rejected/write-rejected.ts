import type { RejectedMessage } from '@patchbay/contracts';
import { Batcher } from '../batcher';
import { dataFaultOf } from '../data-fault';
import { insertRows } from '../insert-rows';
import type { Payloads } from '../payloads';
import type { RecordStore } from '../records/write-records';

const columns = ['id', 'accepted_at', 'source', 'reason', 'faults', 'sealed'];

/** What was refused: by intake, or by this service because a queue held what does not belong there. */
export interface Refusal extends Omit<RejectedMessage, 'source'> {
  source: string;
}

/** The row of a refusal, with its body sealed; throws when the message is none. */
export function rejectedRow(payloads: Payloads, { id, rejectedAt, source, reason, faults, bodyBase64 }: Refusal) {
  return { id, accepted_at: rejectedAt, source, reason, faults, sealed: payloads.sealBody(id, bodyBase64) };
}

/** Commits refusals in batches; one that is there already stays as it is. */
export function createRejectedBatcher({ dataSource, partitions }: RecordStore): Batcher<{ accepted_at: string }> {
  return new Batcher({
    commit: async (rows) => {
      await partitions.prepare(rows.map(({ accepted_at }) => accepted_at));
      await insertRows(dataSource.manager, 'rejected', columns, rows, 'on conflict do nothing');
    },
    weigh: () => 1,
    maxWeight: 500,
    faultOf: dataFaultOf,
  });
}
