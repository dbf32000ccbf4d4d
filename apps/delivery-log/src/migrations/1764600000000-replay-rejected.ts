import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether rejected input was given to intake once more, and by whom. */
export class ReplayRejected1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table rejected add replayed_at timestamptz, add replayed_by text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table rejected drop replayed_at, drop replayed_by');
  }
}
