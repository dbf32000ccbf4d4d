import type { DataSource } from 'typeorm';
import type { Page } from '../page';

/**
 * How far one delivery of an operation is. `published` until its new delivery has ended; `skipped` when it was replayed
 * before or the integration's condition left it aside; `failed` also when it could not be sent.
 */
export const itemStatuses = ['waiting', 'published', 'succeeded', 'failed', 'skipped', 'cancelled'] as const;
export type ItemStatus = (typeof itemStatuses)[number];

export interface ListedItem {
  ordinal: number;
  deliveryId: string;
  replayId: string;
  status: ItemStatus;
  reason: string | null;
  publishedAt: Date | null;
  /** The new delivery, once it is recorded. */
  replayDeliveryId: string | null;
}

const status = `case i.state
  when 'published' then case
    when d.status is null or d.status = 'retrying' then 'published'
    when d.status in ('succeeded', 'skipped') then d.status
    else 'failed' end
  when 'refused' then 'failed'
  else i.state end`;

const joined = 'replay_items i left join deliveries d on d.replay_id = i.replay_id';

/** How many items of an operation have each status; absent where there is none. */
export async function countItems(dataSource: DataSource, operationId: string): Promise<Map<ItemStatus, number>> {
  const rows: { status: ItemStatus; count: number }[] = await dataSource.query(
    `select ${status} as status, count(*)::int as count from ${joined} where i.operation_id = $1 group by 1`,
    [operationId],
  );
  return new Map(rows.map((row) => [row.status, row.count]));
}

/** Items of an operation in the order in which they are sent. */
export async function findItems(
  dataSource: DataSource,
  operationId: string,
  { status: wanted, cursor, limit }: { status?: ItemStatus; cursor: string; limit: number },
): Promise<Page<ListedItem>> {
  const rows: ListedItem[] = await dataSource.query(
    `select i.ordinal, i.delivery_id as "deliveryId", i.replay_id as "replayId", ${status} as status,
       coalesce(i.reason, d.reason) as reason, i.published_at as "publishedAt", d.id as "replayDeliveryId"
     from ${joined} where i.operation_id = $1 and i.ordinal > $2 and ($3::text is null or ${status} = $3)
     order by i.ordinal limit $4`,
    [operationId, cursor, wanted, limit + 1],
  );
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? String(items.at(-1)!.ordinal) : null };
}
