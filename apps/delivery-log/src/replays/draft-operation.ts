import { Problem } from '@patchbay/service-kit';
import type { DataSource } from 'typeorm';
import { v7 } from 'uuid';
import { countCandidates } from './find-candidates';
import { findOperation } from './find-operations';
import type { Operation } from './operation';
import type { ReplayBodyDto } from './replay.dto';

/** Who asks, and under which id of the request; undefined: each request is one of its own. */
export interface Request {
  requestedBy: string;
  requestId: string | undefined;
}

/**
 * Keeps what is to be replayed as a draft, with how many it would be. The same request again is the same operation;
 * throws 409 when its id was used for another.
 */
export async function draftOperation(
  dataSource: DataSource,
  body: ReplayBodyDto,
  { requestedBy, requestId }: Request,
): Promise<{ operation: Operation; isNew: boolean }> {
  const before = await findRequested(dataSource, body, requestId);
  if (before) return { operation: before, isNew: false };
  const createdAt = new Date();
  const { filter, configuration, keys, ratePerSecond } = body;
  const { found } = await countCandidates(dataSource, filter, createdAt);
  const id = v7();
  const inserted: object[] = await dataSource.query(
    `insert into replay_operations (id, state, filter, configuration, keys, rate_per_second, found, request_id,
       created_at, requested_by, next_at)
     values ($1, 'draft', $2, $3, $4, $5, $6, $7, $8, $9, now())
     on conflict (request_id) where not single do nothing returning id`,
    [id, JSON.stringify(filter), configuration, keys, ratePerSecond, found, requestId, createdAt, requestedBy],
  );
  if (inserted.length > 0) return { operation: await findOperation(dataSource, id), isNew: true };
  return { operation: (await findRequested(dataSource, body, requestId))!, isNew: false };
}

async function findRequested(
  dataSource: DataSource,
  { filter, configuration, keys, ratePerSecond }: ReplayBodyDto,
  requestId: string | undefined,
): Promise<Operation | undefined> {
  if (requestId === undefined) return undefined;
  const [row]: { id: string; same: boolean }[] = await dataSource.query(
    `select id, filter = $2::jsonb and configuration = $3 and keys = $4 and rate_per_second = $5 as same
     from replay_operations where request_id = $1 and not single`,
    [requestId, JSON.stringify(filter), configuration, keys, ratePerSecond],
  );
  if (!row) return undefined;
  if (row.same) return findOperation(dataSource, row.id);
  const detail = `The Idempotency-Key "${requestId}" was used for another replay, ${row.id}; choose another key.`;
  throw new Problem(409, { title: 'Request id used', detail, more: { operation: row.id } });
}
