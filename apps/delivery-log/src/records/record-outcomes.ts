import type { OutcomeBatch } from '@patchbay/contracts';
import type { DataSource } from 'typeorm';
import { Batcher } from '../batcher';
import { dataFaultOf } from '../data-fault';
import type { LiveFeed } from '../live/live-feed';
import { mergeRows, rowsOf, type RecordRows } from './record-rows';
import { writeRecords } from './write-records';

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
export function createOutcomesBatcher(dataSource: DataSource, feed: LiveFeed): Batcher<Outcomes> {
  return new Batcher({
    commit: async (items) => {
      const changed = await writeRecords(dataSource, mergeRows(items.map(({ rows }) => rows)));
      for (const { batch } of items) feed.tell(batch.records, changed);
    },
    weigh: ({ batch }) => batch.records.length,
    maxWeight: 2_000,
    faultOf: dataFaultOf,
  });
}
