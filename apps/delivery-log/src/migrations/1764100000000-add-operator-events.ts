import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `create table operator_events (
    id uuid primary key,
    kind text not null,
    at timestamptz not null,
    integration_id text not null,
    integration_name text not null,
    integration_version int not null,
    replica int not null,
    message text not null
  )`,
  `create index operator_events_newest on operator_events (at desc, id desc)`,
  `create index operator_events_integration on operator_events (integration_id, at desc)`,
  `alter table attempts add column side text, add column timing jsonb`,
  `alter table deliveries add column side text`,
  `create index deliveries_side on deliveries (side, accepted_at desc, id desc) where side is not null`,
];

/** Operator events; and of failures, whose they are, and where the time of an attempt went. */
export class AddOperatorEvents1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table deliveries drop column side');
    await runner.query('alter table attempts drop column side, drop column timing');
    await runner.query('drop table operator_events');
  }
}
