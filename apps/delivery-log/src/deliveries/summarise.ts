import type { DataSource } from 'typeorm';

/** How many events were recorded, and how many deliveries there are per integration and status. */
export interface Summary {
  events: number;
  items: { integrationId: string; integration: string; status: string; count: number }[];
}

/** Counts what was accepted since then; all of it when `since` is absent. */
export async function summarise(dataSource: DataSource, since = '-infinity'): Promise<Summary> {
  const [counted]: { count: number }[] = await dataSource.query(
    'select count(*)::int as count from events where accepted_at >= $1',
    [since],
  );
  const items: Summary['items'] = await dataSource.query(
    `select integration_id as "integrationId", max(integration_name) as "integration", status, count(*)::int as count
     from deliveries where accepted_at >= $1 group by integration_id, status order by 2, 1, 3`,
    [since],
  );
  return { events: counted?.count ?? 0, items };
}
