import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A table to be split by the day of `time`; `key` is what is unique besides it. */
interface Split {
  table: string;
  time: string;
  key: string;
  /** As they are from here on, and as they were. */
  indexes: string[];
  indexesBefore: string[];
  keyBefore: string;
}

const splits: Split[] = [
  { table: 'records', time: 'accepted_at', key: 'id', indexes: [], indexesBefore: [], keyBefore: 'id' },
  {
    table: 'events',
    time: 'accepted_at',
    key: 'id',
    indexes: [
      'events_conversation on events (conversation, accepted_at, id)',
      // The count is there to pick out events that matched nothing without a look at their rows.
      'events_newest on events (accepted_at desc, id desc, matched_count)',
    ],
    indexesBefore: ['events_conversation on events (conversation, accepted_at)'],
    keyBefore: 'id',
  },
  {
    table: 'deliveries',
    time: 'accepted_at',
    key: 'id',
    indexes: [
      'deliveries_newest on deliveries (accepted_at desc, id desc)',
      'deliveries_conversation on deliveries (conversation)',
      'deliveries_integration on deliveries (integration_id, accepted_at desc, id desc)',
      // What failed is few and is searched by anything: one index answers all of it without a look at the rows.
      `deliveries_unsuccessful on deliveries (accepted_at desc, id desc, status, failure_class, side, http_status,
         event_name, integration_id) where status <> 'succeeded'`,
      'deliveries_event on deliveries (event_id)',
      'deliveries_replay on deliveries (replay_id) where replay_id is not null',
    ],
    indexesBefore: [
      'deliveries_newest on deliveries (accepted_at desc, id desc)',
      'deliveries_conversation on deliveries (conversation, accepted_at desc, id desc)',
      'deliveries_integration on deliveries (integration_id, accepted_at desc, id desc)',
      `deliveries_status on deliveries (status, accepted_at desc, id desc) where status <> 'succeeded'`,
      'deliveries_side on deliveries (side, accepted_at desc, id desc) where side is not null',
      'deliveries_event on deliveries (event_id)',
      'deliveries_replay on deliveries (replay_id) where replay_id is not null',
    ],
    keyBefore: 'id',
  },
  {
    table: 'attempts',
    time: 'accepted_at',
    // An attempt's id is derived from these two; by them it is also looked up.
    key: 'delivery_id, number',
    indexes: [],
    indexesBefore: ['attempts_delivery on attempts (delivery_id)'],
    keyBefore: 'id',
  },
  {
    table: 'dead_letters',
    time: 'accepted_at',
    key: 'delivery_id',
    indexes: [
      'dead_letters_newest on dead_letters (died_at desc, delivery_id desc)',
      'dead_letters_conversation on dead_letters (conversation)',
      'dead_letters_integration on dead_letters (integration_id, died_at desc)',
    ],
    indexesBefore: [
      'dead_letters_newest on dead_letters (died_at desc, delivery_id desc)',
      'dead_letters_conversation on dead_letters (conversation)',
      'dead_letters_integration on dead_letters (integration_id, died_at desc)',
    ],
    keyBefore: 'delivery_id',
  },
  {
    table: 'rejected',
    time: 'accepted_at',
    key: 'id',
    indexes: ['rejected_newest on rejected (accepted_at desc, id desc)'],
    indexesBefore: ['rejected_newest on rejected (accepted_at desc, id desc)'],
    keyBefore: 'id',
  },
  {
    table: 'operator_events',
    time: 'at',
    key: 'id',
    indexes: [
      'operator_events_newest on operator_events (at desc, id desc)',
      'operator_events_integration on operator_events (integration_id, at desc)',
    ],
    indexesBefore: [
      'operator_events_newest on operator_events (at desc, id desc)',
      'operator_events_integration on operator_events (integration_id, at desc)',
    ],
    keyBefore: 'id',
  },
];

/**
 * PostgreSQL keeps a row unique only together with its time. An event that is published again is accepted at another
 * time, though: the first time, kept here by the id of the event (or replay), decides for everything that belongs to it.
 */
const acceptances = [
  `create table acceptances (id text primary key, accepted_at timestamptz not null)`,
  `create index acceptances_oldest on acceptances using brin (accepted_at)`,
  `insert into acceptances
     select id, min(accepted_at) from (
       select id, accepted_at from events
       union all select coalesce(replay_id, event_id), accepted_at from deliveries
       union all select delivery_id::text, accepted_at from dead_letters
     ) known group by id`,
];

/**
 * Splits the tables by day, so that what is old is dropped as whole partitions. The rows move into the default
 * partitions; the service gives them partitions of their day when it starts.
 */
export class PartitionByDay1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const { table, time, key, indexes } of splits) {
      await runner.query(`alter table ${table} rename to ${table}_whole`);
      await runner.query(`create table ${table} (like ${table}_whole including defaults) partition by range (${time})`);
      await runner.query(`create table ${table}_default partition of ${table} default`);
      await move(runner, table);
      await runner.query(`alter table ${table} add primary key (${key}, ${time})`);
      for (const index of indexes) await runner.query(`create index ${index}`);
    }
    for (const statement of acceptances) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table acceptances');
    for (const { table, keyBefore, indexesBefore } of splits) {
      await runner.query(`alter table ${table} rename to ${table}_whole`);
      await runner.query(`create table ${table} (like ${table}_whole including defaults)`);
      await move(runner, table);
      await runner.query(`alter table ${table} add primary key (${keyBefore})`);
      for (const index of indexesBefore) await runner.query(`create index ${index}`);
    }
  }
}

/** Dropping what was before also frees the names of its indexes. */
async function move(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`insert into ${table} select * from ${table}_whole`);
  await runner.query(`drop table ${table}_whole`);
}
