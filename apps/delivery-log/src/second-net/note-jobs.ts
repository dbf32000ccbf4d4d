import type { EntityManager } from 'typeorm';
import { insertRows } from '../insert-rows';
import type { WaitingJobRow } from './waiting-job-rows';

const columns = ['id', 'record_id', 'accepted_at', 'recorded_at', 'due', 'conversation', 'body'];

/**
 * Strikes out the jobs whose pass is recorded by one of `written`, and notes those that records left waiting. A job may be
 * noted after it was done, when records come late or twice: the second net looks for its record before it acts.
 */
export async function noteJobs(manager: EntityManager, written: string[], jobs: WaitingJobRow[]): Promise<void> {
  await insertRows(manager, 'waiting_jobs', columns, jobs, 'on conflict do nothing');
  if (written.length > 0) await manager.query('delete from waiting_jobs where record_id = any($1)', [written]);
}
