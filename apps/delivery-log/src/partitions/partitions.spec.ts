import { createDataSource, createLogger, runMigrations } from '@patchbay/service-kit';
import { createSealer } from '@patchbay/secrets';
import { createTestDatabase } from '@patchbay/testing';
import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { v4, v7 } from 'uuid';
import { aDeadLetter, aDelivery, anOperatorEvent, aRecord } from '../a-record.builder';
import { createDeadLettersBatcher, deadLetterRow } from '../dead-letters/write-dead-letters';
import { deliveriesDatabase } from '../deliveries-database';
import { createOperatorEventsBatcher, operatorEventRow } from '../operator-events/write-operator-events';
import { mergeRows, rowsOf } from '../records/record-rows';
import { writeRecords } from '../records/write-records';
import { keepPartitions } from './keep-partitions';
import { Partitions } from './partitions';

jest.setTimeout(60_000);

const noon = Date.parse('2026-11-23T12:00:00Z');
const sealer = createSealer({ active: 'k1', keys: new Map([['k1', randomBytes(32)]]) });

let world: Awaited<ReturnType<typeof setup>>;
beforeEach(async () => void (world = await setup()));
afterEach(() => world.close());

async function setup() {
  const database = await createTestDatabase();
  const options = deliveriesDatabase(database.databaseUrl);
  const sources: DataSource[] = [];
  const connect = async () => {
    const dataSource = await createDataSource(options).initialize();
    sources.push(dataSource);
    return dataSource;
  };
  await runMigrations(options);
  const dataSource = await connect();
  const lines: { partition: string }[] = [];
  const logger = createLogger('spec', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  const replica = (now: number, retentionDays = 30, source = dataSource) => {
    const partitions = new Partitions({ dataSource: source, retentionDays, now: () => now });
    const store = { dataSource: source, partitions };
    return {
      store,
      keep: () => keepPartitions(source, partitions, logger),
      write: (...records: Parameters<typeof rowsOf>[0]['records']) =>
        writeRecords(store, mergeRows([rowsOf({ records })])),
    };
  };
  return {
    options,
    dataSource,
    connect,
    replica,
    lines,
    /** Where the rows of a table lie, in order of their times. */
    placesOf: async (table: string, time = 'accepted_at') => {
      const rows = await dataSource.query<{ place: string }[]>(
        `select tableoid::regclass::text as place from ${table} order by ${time}`,
      );
      return rows.map(({ place }) => place);
    },
    close: async () => {
      await Promise.all(sources.map((source) => source.destroy()));
      await database.remove();
    },
  };
}

const accepted = (acceptedAt: string) => aRecord(sealer, { acceptedAt, deliveries: [aDelivery()] });

test('rows lie in the partition of their day, beyond what is kept in the default partition', async () => {
  const { write } = world.replica(noon);
  const times = [
    '2026-10-23T23:59:59.999Z',
    '2026-10-24T00:00:00Z',
    '2026-11-23T23:59:59.999Z',
    '2026-11-26T00:00:00Z',
  ];
  await write(...times.map(accepted));
  for (const table of ['records', 'events', 'deliveries', 'attempts'])
    expect(await world.placesOf(table)).toEqual(
      ['default', '2026_10_24', '2026_11_23', 'default'].map((day) => `${table}_${day}`),
    );
});

test('dead letters and operator events lie in the partition of their day, too', async () => {
  const { store } = world.replica(noon);
  const letter = aDeadLetter(sealer, { acceptedAt: '2026-11-22T10:00:00Z' });
  expect(await createDeadLettersBatcher(store).add(deadLetterRow(letter))).toBeUndefined();
  expect(await createOperatorEventsBatcher(store).add(operatorEventRow(anOperatorEvent()))).toBeUndefined();
  expect(await world.placesOf('dead_letters')).toEqual(['dead_letters_2026_11_22']);
  expect(await world.placesOf('operator_events', 'at')).toEqual(['operator_events_2026_11_22']);
});

test('partitions are made ahead, so that midnight waits for nobody', async () => {
  await world.replica(noon).keep();
  const rows = await world.dataSource.query<{ name: string }[]>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'deliveries'::regclass order by 1`,
  );
  const ahead = ['2026_11_23', '2026_11_24', '2026_11_25', 'default'];
  expect(rows.map(({ name }) => name)).toEqual(ahead.map((day) => `deliveries_${day}`));
});

test('rows of the default partition move to their day once that is kept', async () => {
  const ahead = accepted('2026-11-27T08:00:00Z');
  await world.replica(noon).write(ahead);
  expect(await world.placesOf('deliveries')).toEqual(['deliveries_default']);
  await world.replica(Date.parse('2026-11-26T12:00:00Z')).keep();
  expect(await world.placesOf('deliveries')).toEqual(['deliveries_2026_11_27']);
  expect(await world.replica(noon).write(ahead)).toEqual(new Set());
});

test('what is older than is kept is dropped as whole partitions, by any number of replicas at once', async () => {
  const [other, third] = [await world.connect(), await world.connect()];
  const days = ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'];
  const letter = aDeadLetter(sealer, { acceptedAt: '2026-11-20T10:00:00Z' });
  const { store, write } = world.replica(noon, 30);
  await write(...days.map((day) => accepted(`${day}T10:00:00Z`)), accepted('2026-09-01T10:00:00Z'));
  await createDeadLettersBatcher(store).add(deadLetterRow(letter));
  await Promise.all([world.dataSource, other, third].map((source) => world.replica(noon, 2, source).keep()));
  for (const table of ['records', 'events', 'deliveries', 'attempts'])
    expect(await world.placesOf(table)).toEqual(
      ['2026_11_21', '2026_11_22', '2026_11_23'].map((day) => `${table}_${day}`),
    );
  expect(await world.placesOf('dead_letters')).toEqual([]);
  expect(await world.dataSource.query('select count(*)::int as n from acceptances')).toEqual([{ n: 3 }]);
  const told = world.lines.map(({ partition }) => partition).filter((name) => name.startsWith('deliveries'));
  expect(told).toEqual(['deliveries_2026_11_20']);
});

test('a day that was dropped is made again for a row that comes late', async () => {
  const { write, keep } = world.replica(noon, 2);
  await write(accepted('2026-11-21T10:00:00Z'));
  await world.replica(Date.parse('2026-12-01T12:00:00Z'), 2).keep();
  await keep();
  await write(accepted('2026-11-21T11:00:00Z'));
  expect(await world.placesOf('deliveries')).toHaveLength(1);
});

describe('R1.42: an event that is published again, and so accepted at another time,', () => {
  const again = async (later: string, change: object = {}) => {
    const { write } = world.replica(noon);
    const delivery = aDelivery();
    const first = aRecord(sealer, { acceptedAt: '2026-11-22T23:00:00Z', deliveries: [delivery] });
    await write(first);
    const changed = await write({
      ...first,
      acceptedAt: later,
      deliveries: [{ ...delivery, status: 'dead', ...change }],
    });
    const rows = await world.dataSource.query<object[]>(
      `select (select count(*)::int from events) events, (select count(*)::int from records) records,
        (select count(*)::int from attempts) attempts, status from deliveries`,
    );
    return { changed, rows };
  };

  test.each(['2026-11-22T23:00:01Z', '2026-11-23T11:00:00Z'])('changes nothing in the record: %s', async (later) => {
    const once = [{ events: 1, records: 1, attempts: 1, status: 'succeeded' }];
    expect(await again(later)).toEqual({ changed: new Set(), rows: once });
  });

  test('but a replay of it is another delivery, kept from when it was asked for', async () => {
    const { write } = world.replica(noon);
    const first = accepted('2026-11-22T23:00:00Z');
    const replay = aDelivery({ replayId: v4(), replayOf: first.deliveries[0]!.id });
    const order = { ...first, id: v4(), matchedCount: undefined, acceptedAt: '2026-11-23T11:00:00Z' };
    await write(first);
    await write({ ...order, deliveries: [replay] });
    await write({ ...order, acceptedAt: '2026-11-24T11:00:00Z', deliveries: [replay] });
    expect(await world.placesOf('deliveries')).toEqual(['deliveries_2026_11_22', 'deliveries_2026_11_23']);
  });
});

test('the migration keeps every row, and can be taken back', async () => {
  const { options, dataSource } = world;
  const ids = [v7(), v7()];
  await world.replica(noon).write(...ids.map((eventId) => aRecord(sealer, { eventId, deliveries: [aDelivery()] })));
  const counts = () =>
    dataSource.query(`select (select count(*)::int from events) events, (select count(*)::int from deliveries) deliveries,
      (select count(*)::int from attempts) attempts, (select count(*)::int from records) records`);
  const kinds = () =>
    dataSource.query<{ relkind: string }[]>(`select relkind from pg_class where oid = 'events'::regclass`);
  const all = [{ events: 2, deliveries: 2, attempts: 2, records: 2 }];
  const later = options.migrations as unknown[];
  const name = 'PartitionByDay1764200000000';
  const steps = later.length - later.findIndex((one) => (one as { name: string }).name === name);
  for (let step = 0; step < steps; step++) await dataSource.undoLastMigration();
  expect([await counts(), await kinds()]).toEqual([all, [{ relkind: 'r' }]]);
  await runMigrations(options);
  expect([await counts(), await kinds()]).toEqual([all, [{ relkind: 'p' }]]);
  expect(await dataSource.query('select id from acceptances order by id')).toEqual(ids.map((id) => ({ id })));
  const { keep } = world.replica(Date.now());
  await keep();
  expect(await world.placesOf('events')).not.toContain('events_default');
});
