import { Client } from 'pg';

/** So much is kept: deliveries spread evenly over the days before now, some of one conversation close together. */
export const extent = { deliveries: 2_000_000, days: 30, integrations: 200, conversations: 600_000 };

const dayMs = 86_400_000;

/** Fills the migrated schema; seconds it took. */
export async function fill(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl, options: '-c search_path=deliveries' });
  await client.connect();
  const begin = performance.now();
  try {
    const now = Date.now();
    for (let ago = extent.days; ago >= 0; ago--) await client.query(partition(now - ago * dayMs));
    await client.query(deliveries);
    await client.query(names);
    await client.query('vacuum analyze deliveries');
    await client.query('analyze integration_names');
    return (performance.now() - begin) / 1_000;
  } finally {
    await client.end();
  }
}

function partition(time: number): string {
  const day = (at: number) => new Date(at).toISOString().split('T')[0]!;
  const name = `deliveries_${day(time).replaceAll('-', '_')}`;
  return `create table ${name} partition of deliveries for values from ('${day(time)}T00:00:00Z') to ('${day(time + dayMs)}T00:00:00Z')`;
}

const { deliveries: count, days, integrations, conversations } = extent;

/** Statuses, failure classes and HTTP statuses in shares as a busy centre may see them; one status is very rare. */
const deliveries = `
  insert into deliveries (id, record_id, event_id, accepted_at, recorded_at, conversation, contact_id, channel, direction,
    event_name, event_datetime, lane, config_revision, key, integration_id, integration_name, integration_version, ordinal,
    role, status, reason, failure_class, stage, side, method, url, http_status, duration_ms, attempt_count, set_names,
    save_keys, not_done)
  select id, 'record ' || id, 'event ' || n * 2 / 3, at, at, conversation, conversation || '/1', 'phone', 'inbound',
    (array['received','queued','assigned','answered','transferred','held','resumed','wrapped','ended'])[1 + floor(random() * 9)],
    '2026-11-22T10:00:00Z', n % 16, 7, id, 'integration ' || integration, 'Lookup ' || integration, 1, 1, 'member', status,
    case when status = 'succeeded' then null
      else status || ' as the endpoint crm-' || integration || '.example.com answered ' || coalesce(http::text, 'nothing') || ' to request ' || n end,
    case when status in ('dead', 'retrying', 'expired') then
      case when http is null then 'timeout' when http < 500 then 'http-4xx' else 'http-5xx' end end,
    case when status = 'succeeded' then null else 'call' end,
    case when status in ('dead', 'retrying', 'expired') then case when random() < 0.8 then 'theirs' else 'ours' end end,
    'POST', 'https://crm-' || integration || '.example.com/lookup', http, random() * 300, 1, '["priority"]', '["name"]', '[]'
  from (
    select n, gen_random_uuid() as id, date_trunc('milliseconds', now() - (${count} - n) * interval '${days} days' / ${count}) as at,
      'conversation ' || n::bigint * ${conversations} / ${count} as conversation,
      floor(power(random(), 2) * ${integrations})::int as integration, status,
      case when status = 'skipped' or (status <> 'succeeded' and dice < 0.2) then null
        when n % 100000 = 7 then 418
        when status = 'succeeded' then case when dice < 0.05 then 204 else 200 end
        else (array[400, 404, 429, 500, 502, 503])[1 + floor(dice * 6)] end as http
    from (
      select n, random() as dice, case when share < 0.94 then 'succeeded' when share < 0.965 then 'skipped'
          when share < 0.985 then 'dead' when share < 0.992 then 'expired' when share < 0.997 then 'retrying'
          else 'cancelled' end as status
      from (select n, random() as share from generate_series(1, ${count}) n) shared
    ) rolled
  ) made`;

const names = `insert into integration_names select distinct integration_name, integration_id from deliveries`;
