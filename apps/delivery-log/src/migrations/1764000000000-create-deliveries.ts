import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every row carries accepted_at, by which the tables can be split into partitions. */
const statements = [
  `create table records (
    id text primary key,
    event_id text not null,
    accepted_at timestamptz not null,
    recorded_at timestamptz not null,
    sealed text not null
  )`,
  `create table events (
    id text primary key,
    record_id text not null,
    accepted_at timestamptz not null,
    recorded_at timestamptz not null,
    conversation text not null,
    contact_id text not null,
    channel text not null,
    direction text not null,
    event_name text not null,
    event_datetime text not null,
    queue_id text,
    lane int not null,
    config_revision bigint not null,
    matched_count int not null,
    left_out jsonb not null
  )`,
  `create index events_conversation on events (conversation, accepted_at)`,
  `create table deliveries (
    id uuid primary key,
    record_id text not null,
    event_id text not null,
    accepted_at timestamptz not null,
    recorded_at timestamptz not null,
    conversation text not null,
    contact_id text not null,
    channel text not null,
    direction text not null,
    event_name text not null,
    event_datetime text not null,
    queue_id text,
    lane int not null,
    config_revision bigint not null,
    key uuid not null,
    integration_id text not null,
    integration_name text not null,
    integration_version int not null,
    ordinal int not null,
    role text not null,
    status text not null,
    reason text,
    failure_class text,
    stage text,
    method text not null,
    url text not null,
    http_status int,
    duration_ms double precision,
    attempt_count int not null,
    next_attempt_at timestamptz,
    set_names jsonb not null,
    save_keys jsonb not null,
    not_done jsonb not null,
    replay_of uuid,
    replay_id text
  )`,
  `create index deliveries_newest on deliveries (accepted_at desc, id desc)`,
  `create index deliveries_conversation on deliveries (conversation, accepted_at desc, id desc)`,
  `create index deliveries_integration on deliveries (integration_id, accepted_at desc, id desc)`,
  `create index deliveries_status on deliveries (status, accepted_at desc, id desc) where status <> 'succeeded'`,
  `create index deliveries_event on deliveries (event_id)`,
  `create index deliveries_replay on deliveries (replay_id) where replay_id is not null`,
  `create table attempts (
    id uuid primary key,
    delivery_id uuid not null,
    accepted_at timestamptz not null,
    number int not null,
    started_at timestamptz not null,
    duration_ms double precision not null,
    http_status int,
    failure_class text,
    failure text,
    stage text
  )`,
  `create index attempts_delivery on attempts (delivery_id)`,
  `create table dead_letters (
    delivery_id uuid primary key,
    accepted_at timestamptz not null,
    died_at timestamptz not null,
    key uuid not null,
    event_id text not null,
    integration_id text not null,
    integration_name text not null,
    integration_version int not null,
    conversation text not null,
    channel text not null,
    direction text not null,
    event_name text not null,
    reason text not null,
    stage text not null,
    failure_class text not null,
    attempt_count int not null,
    replay_of uuid,
    sealed text not null,
    status text not null default 'waiting',
    replay_id uuid
  )`,
  `create index dead_letters_newest on dead_letters (died_at desc, delivery_id desc)`,
  `create index dead_letters_conversation on dead_letters (conversation)`,
  `create index dead_letters_integration on dead_letters (integration_id, died_at desc)`,
  `create table replays (
    id uuid primary key,
    dead_letter_id uuid not null,
    accepted_at timestamptz not null,
    requested_by text not null,
    idempotency_key text
  )`,
  `create index replays_dead_letter on replays (dead_letter_id)`,
  `create table rejected (
    id text primary key,
    accepted_at timestamptz not null,
    source text not null,
    reason text not null,
    faults jsonb not null,
    sealed text not null
  )`,
  `create index rejected_newest on rejected (accepted_at desc, id desc)`,
];

const tables = ['rejected', 'replays', 'dead_letters', 'attempts', 'deliveries', 'events', 'records'];

export class CreateDeliveries1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`drop table ${table}`);
  }
}
