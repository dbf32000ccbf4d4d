import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `create table replay_operations (
    id uuid primary key,
    state text not null,
    filter jsonb not null,
    configuration text not null,
    keys text not null,
    rate_per_second double precision not null,
    found int not null,
    request_id text,
    single boolean not null default false,
    created_at timestamptz not null,
    requested_by text not null,
    started_at timestamptz,
    started_by text,
    paused_at timestamptz,
    paused_by text,
    resumed_at timestamptz,
    resumed_by text,
    cancelled_at timestamptz,
    cancelled_by text,
    finished_at timestamptz,
    selected_at timestamptz,
    selected_to_time timestamptz,
    selected_to_id uuid,
    next_at timestamptz not null,
    problem text
  )`,
  `create unique index replay_operations_request on replay_operations (request_id) where not single`,
  `create index replay_operations_newest on replay_operations (created_at desc, id desc)`,
  `create index replay_operations_running on replay_operations (next_at) where state = 'running'`,
  `create table replay_items (
    operation_id uuid not null,
    ordinal int not null,
    delivery_id uuid not null,
    replay_id text not null,
    state text not null,
    reason text,
    published_at timestamptz,
    primary key (operation_id, ordinal)
  )`,
  // A delivery is replayed once, whoever asks: what becomes of the replay is a delivery of its own.
  `create unique index replay_items_once on replay_items (delivery_id) where state in ('waiting', 'published')`,
  `create index replay_items_state on replay_items (operation_id, state, ordinal)`,
  `insert into replay_operations (id, state, filter, configuration, keys, rate_per_second, found, request_id, single,
      created_at, requested_by, started_at, started_by, finished_at, selected_at, next_at)
    select id, 'done', json_build_object('ids', json_build_array(dead_letter_id)), 'now', 'same', 1, 1, idempotency_key,
      true, accepted_at, requested_by, accepted_at, requested_by, accepted_at, accepted_at, accepted_at from replays`,
  `insert into replay_items (operation_id, ordinal, delivery_id, replay_id, state, published_at)
    select id, 1, dead_letter_id, id, 'published', accepted_at from replays`,
  `drop table replays`,
];

/** Replays as operations over many deliveries; the replay of one dead letter is an operation of one item. */
export class CreateReplayOperations1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`create table replays (
      id uuid primary key,
      dead_letter_id uuid not null,
      accepted_at timestamptz not null,
      requested_by text not null,
      idempotency_key text
    )`);
    await runner.query(`insert into replays (id, dead_letter_id, accepted_at, requested_by, idempotency_key)
      select i.replay_id::uuid, i.delivery_id, o.created_at, o.requested_by, o.request_id
      from replay_items i join replay_operations o on o.id = i.operation_id where o.single`);
    await runner.query('create index replays_dead_letter on replays (dead_letter_id)');
    await runner.query('drop table replay_items');
    await runner.query('drop table replay_operations');
  }
}
