import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  // Rows leave with the record of their pass, so there are as many as wait; nothing to split by day.
  `create table waiting_jobs (
    id uuid primary key,
    record_id text not null,
    accepted_at timestamptz not null,
    recorded_at timestamptz not null,
    due timestamptz not null,
    conversation text not null,
    body text not null,
    published_again_at timestamptz
  )`,
  `create index waiting_jobs_record on waiting_jobs (record_id)`,
  `create index waiting_jobs_due on waiting_jobs (due) where published_again_at is null`,
  `create index waiting_jobs_oldest on waiting_jobs (accepted_at)`,
];

/** Jobs that wait in the retry ladder, for the second net. */
export class AddWaitingJobs1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table waiting_jobs');
  }
}
