import type { OutcomeBatch } from '@patchbay/contracts';
import { Batcher } from '../batcher';
import { dataFaultOf } from '../data-fault';
import type { LiveFeed } from '../live/live-feed';
import { mergeRows, rowsOf, type RecordRows } from './record-rows';
import { writeRecords, type RecordStore } from './write-records';

/** An outcome batch and its rows. */
export interface Outcomes {
  batch: OutcomeBatch;
  rows: RecordRows;
}

/** For readMessage. */
export function outcomesOf(batch: OutcomeBatch): Outcomes {
  return { batch, rows: rowsOf(batch) };
}

/** Commits concurrently delivered outcome batches together, then tells the live feed what changed. */
export function createOutcomesBatcher(store: RecordStore, feed: LiveFeed): Batcher<Outcomes> {
  return new Batcher({
    commit: async (items) => {
      const changed = await writeRecords(store, mergeRows(items.map(({ rows }) => rows)));
      for (const { batch } of items) feed.tell(batch.records, changed);
    },
    weigh: ({ batch }) => batch.records.length,
    maxWeight: 1_000,
    // PostgreSQL works on one while the next is read here; the rules of the upsert go for any order.
    atOnce: 3,
    faultOf: dataFaultOf,
  });
}
