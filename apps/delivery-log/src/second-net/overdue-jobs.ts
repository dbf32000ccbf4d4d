import { rungs } from '@patchbay/contracts';
import type { EntityManager } from 'typeorm';

export interface OverdueJob {
  id: string;
  conversation: string;
  body: string;
}

/** After a job's longest rung it has so long to come back and be recorded. */
const graceMs = 60_000;
const atOnce = 500;

/** Waiting jobs, locked, that are overdue by more than their longest rung and the grace, and were never published again. */
export function findOverdueJobs(manager: EntityManager, now: number, timeScale: number): Promise<OverdueJob[]> {
  const waits = rungs.map(({ milliseconds }) => milliseconds / timeScale);
  return manager.query(
    `select id, conversation, body from waiting_jobs job,
       lateral (select coalesce(max(wait), $2::float) as ms from unnest($1::float[]) as wait
         where wait <= extract(epoch from due - recorded_at) * 1000) longest
     where published_again_at is null and due < $3::timestamptz
       and due + longest.ms * interval '1 ms' < $3::timestamptz
       and not exists (select from records where records.id = job.record_id)
     order by due limit ${atOnce} for update of job skip locked`,
    [waits, waits[0], new Date(now - graceMs / timeScale)],
  );
}

/** The job is not published again, whatever becomes of it; its next attempt is another job. */
export async function markPublishedAgain(manager: EntityManager, ids: string[], now: number): Promise<void> {
  await manager.query('update waiting_jobs set published_again_at = $2 where id = any($1)', [ids, new Date(now)]);
}

/** Strikes out what was noted only after it was done. */
export async function strikeOutDone(manager: EntityManager, before: number): Promise<void> {
  await manager.query(
    `delete from waiting_jobs where due < $1 and exists (select from records where records.id = waiting_jobs.record_id)`,
    [new Date(before)],
  );
}
