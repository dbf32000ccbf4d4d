import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  // Names lead to ids, so that the index on ids answers for both.
  `create table integration_names (
    name text not null,
    integration_id text not null,
    primary key (name, integration_id)
  )`,
  `insert into integration_names select distinct integration_name, integration_id from deliveries`,
  `create index deliveries_contact on deliveries (contact_id)`,
  // Of answers that are no success there are few, and each kind may be rare; the others are never far.
  `create index deliveries_http_status on deliveries (http_status, accepted_at desc, id desc) where http_status > 299`,
];

/** What searching deliveries needs. */
export class AddSearch1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index deliveries_http_status');
    await runner.query('drop index deliveries_contact');
    await runner.query('drop table integration_names');
  }
}
