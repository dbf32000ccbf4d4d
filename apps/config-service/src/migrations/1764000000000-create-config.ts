import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateConfig1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table integrations (
        id uuid primary key,
        name text not null constraint integrations_name_unique unique,
        channel text not null,
        events text[] not null,
        version integer not null,
        revision bigint not null,
        record json not null,
        updated_at timestamptz not null
      )`);
    await runner.query('create index integrations_revision on integrations (revision)');
    await runner.query(`
      create table authentications (
        integration_id uuid not null references integrations on delete cascade,
        entry_id text not null,
        sealed text not null,
        updated_at timestamptz not null,
        primary key (integration_id, entry_id)
      )`);
    await runner.query(`
      create table integration_versions (
        integration_id uuid not null,
        version integer not null,
        revision bigint not null,
        record json not null,
        changed_at timestamptz not null,
        changed_by text not null,
        primary key (integration_id, version)
      )`);
    await runner.query(`
      create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception 'versions of integrations are kept as they are';
      end $$`);
    await runner.query(`
      create trigger versions_are_immutable before update or delete on integration_versions
      for each row execute function refuse_change()`);
    await runner.query(`
      create table deleted_integrations (
        id uuid primary key,
        revision bigint not null,
        deleted_at timestamptz not null,
        deleted_by text not null
      )`);
    await runner.query('create index deleted_integrations_revision on deleted_integrations (revision)');
    await runner.query(
      'create table revision (only_row boolean primary key default true check (only_row), value bigint not null)',
    );
    await runner.query('insert into revision (value) values (0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table revision, deleted_integrations, integration_versions, authentications, integrations',
    );
    await runner.query('drop function refuse_change');
  }
}
