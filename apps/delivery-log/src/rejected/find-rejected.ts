import type { DataSource } from 'typeorm';
import type { ListQuery } from '../list-query.dto';
import { found } from '../not-found';
import { Conditions, pageOf, type Page } from '../page';
import type { Payloads } from '../payloads';

/** What was refused, without its body. */
export interface RejectedRow {
  id: string;
  rejectedAt: Date;
  source: string;
  reason: string;
  faults: unknown[];
  /** When it was last given to intake once more. */
  replayedAt: Date | null;
}

const columns = 'id, accepted_at as "rejectedAt", source, reason, faults, replayed_at as "replayedAt"';

/** What was refused, newest first. */
export async function findRejected(dataSource: DataSource, { cursor, limit }: ListQuery): Promise<Page<RejectedRow>> {
  const conditions = new Conditions().after(['accepted_at', 'id'], cursor);
  const rows: RejectedRow[] = await dataSource.query(
    `select ${columns} from rejected ${conditions.where} order by accepted_at desc, id desc limit ${limit + 1}`,
    conditions.parameters,
  );
  return pageOf(rows, limit, ({ rejectedAt, id }) => ({ time: rejectedAt, id }));
}

/** One refusal; its body in base64 for those who may see it. */
export async function explainRejected(dataSource: DataSource, payloads: Payloads, id: string, seesPayload: boolean) {
  const rows: (RejectedRow & { sealed: string })[] = await dataSource.query(
    `select ${columns}, sealed from rejected where id = $1`,
    [id],
  );
  const { sealed, ...shown } = found(rows[0], 'rejected message', id);
  if (!seesPayload) return shown;
  const body = payloads.bodyOf({ id, sealed });
  return { ...shown, ...('value' in body ? { bodyBase64: body.value } : { unreadable: body.fault }) };
}
