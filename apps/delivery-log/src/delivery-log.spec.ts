import { eventually } from '@patchbay/testing';
import axios, { type AxiosInstance } from 'axios';
import { aDeadLetter, aDelivery, aRecord } from './a-record.builder';
import { startHarness, type Harness } from './delivery-log.suite';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close(), 60_000);

describe('the live feed', () => {
  async function follow(as: AxiosInstance) {
    const abort = new AbortController();
    const { data } = await as.get('/v1/live', { responseType: 'stream', signal: abort.signal });
    let text = '';
    data.on('data', (chunk: Buffer) => (text += chunk.toString()));
    data.on('error', () => undefined);
    const entries = () =>
      text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []));
    return { entries, stop: () => abort.abort() };
  }

  test('tells every delivery once as it is recorded, its results to operators only', async () => {
    const feeds = { operator: await follow(harness.operator), viewer: await follow(harness.viewer) };
    const delivery = aDelivery({ setNames: ['priority'] });
    const results = { [delivery.id]: { set: { priority: 9 }, save: { name: 'Ada' } } };
    const record = aRecord(harness.sealer, { deliveries: [delivery] }, { results });
    const marker = aRecord(harness.sealer, { deliveries: [aDelivery()] });
    for (const one of [record, record, marker]) await harness.sendRecords(one);
    const has = (feed: { entries(): { deliveryId: string }[] }) =>
      feed.entries().some(({ deliveryId }) => deliveryId === marker.deliveries[0]!.id);
    await eventually('both are told', () => has(feeds.operator) && has(feeds.viewer));
    const ours = (feed: { entries(): { deliveryId: string }[] }) =>
      feed.entries().filter(({ deliveryId }) => deliveryId === delivery.id);
    const { recordedAt: at, conversation } = record;
    const common = {
      at,
      conversation,
      channel: 'phone',
      direction: 'inbound',
      event: 'received',
      integration: 'Lookup',
    };
    const outcome = { status: 'succeeded', httpStatus: 200, durationMs: 12.5, attempt: 1, deliveryId: delivery.id };
    expect(ours(feeds.viewer)).toEqual([{ ...common, ...outcome }]);
    expect(ours(feeds.operator)).toEqual([{ ...common, ...outcome, set: { priority: 9 }, save: { name: 'Ada' } }]);
    for (const feed of Object.values(feeds)) feed.stop();
  });
});

describe('when the database is away', () => {
  /** Refuses connections to the database and cuts those that are there. */
  async function cutDatabase(): Promise<{ heal(): Promise<void> }> {
    const address = new URL(harness.database.databaseUrl);
    const name = address.pathname.slice(1);
    address.pathname = '/postgres';
    const administer = (statement: string) => harness.query(statement, [], address.toString());
    await administer(`alter database ${name} with allow_connections false`);
    await administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    return { heal: async () => void (await administer(`alter database ${name} with allow_connections true`)) };
  }

  test('nothing is lost, and writing goes on by itself', async () => {
    const { heal } = await cutDatabase();
    const records = Array.from({ length: 50 }, () => aRecord(harness.sealer, { deliveries: [aDelivery()] }));
    for (const record of records) await harness.sendRecords(record);
    await eventually('it is noticed', () =>
      harness.warnings.some((line) => line.includes('PostgreSQL is not there yet')),
    );
    const { status, data } = await axios.get(`${harness.service.url}/health/ready`, { validateStatus: () => true });
    expect([status, data.checks.database]).toEqual([
      503,
      expect.stringContaining('not currently accepting connections'),
    ]);
    await heal();
    await eventually(
      'all are written',
      async () => {
        const ids = records.map(({ eventId }) => eventId);
        const [row] = await harness.query(
          'select count(*)::int n from deliveries.deliveries where event_id = any($1)',
          [ids],
        );
        return row?.['n'] === 50;
      },
      30_000,
    );
    const { items } = await harness.get('/v1/rejected');
    expect(items.map(({ reason }: { reason: string }) => reason).join()).not.toContain('connections');
  }, 60_000);
});

describe('when the broker is away', () => {
  test('a replay is refused and nothing is marked', async () => {
    const other = await startHarness();
    const letter = aDeadLetter(other.sealer);
    const path = `/v1/dead-letters/${letter.deliveryId}`;
    await other.sendDeadLetter(letter);
    await eventually('it is there', async () => (await other.operator.get(path)).status === 200);
    await other.broker.remove();
    const { status, headers } = await other.operator.post(`${path}/replay`);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    expect((await other.operator.get(path)).data).toMatchObject({ status: 'waiting', replayId: null });
    await other.close();
  }, 60_000);
});
