import { exchangeNames, laneOf, queueNames, type EventRecord, type WaitingJob } from '@patchbay/contracts';
import type { OutgoingMessage } from '@patchbay/messaging';
import { createSealer } from '@patchbay/secrets';
import { createDataSource, runMigrations } from '@patchbay/service-kit';
import { createTestDatabase } from '@patchbay/testing';
import { randomBytes } from 'node:crypto';
import { v4 } from 'uuid';
import { aDelivery, aRecord } from '../a-record.builder';
import { deliveriesDatabase } from '../deliveries-database';
import { Partitions } from '../partitions/partitions';
import { mergeRows, rowsOf } from '../records/record-rows';
import { writeRecords } from '../records/write-records';
import { SecondNet } from './second-net';

jest.setTimeout(60_000);

const minute = 60_000;
const lanes = 2;
const sealer = createSealer({ active: 'k1', keys: new Map([['k1', randomBytes(32)]]) });
const calm: Record<string, { messages: number; consumers: number }> = {
  [queueNames.outcomes]: { messages: 0, consumers: 1 },
  [queueNames.lane(0)]: { messages: 0, consumers: 1 },
  [queueNames.lane(1)]: { messages: 0, consumers: 1 },
};

let world: Awaited<ReturnType<typeof setup>>;
beforeEach(async () => void (world = await setup()));
afterEach(() => world.close());

async function setup() {
  const database = await createTestDatabase();
  const options = deliveriesDatabase(database.databaseUrl);
  await runMigrations(options);
  const dataSource = await createDataSource(options).initialize();
  const start = Date.parse('2026-11-23T12:00:00Z');
  const partitions = new Partitions({ dataSource, retentionDays: 30, now: () => start });
  const sent: OutgoingMessage[] = [];
  const queues = structuredClone(calm);
  const clock = { now: start };
  let counted = 0;
  const publisher = { failing: false, publish: async (message: OutgoingMessage) => void take(message) };
  const take = (message: OutgoingMessage) => {
    if (publisher.failing) throw new Error('not confirmed');
    sent.push(message);
  };
  const net = (timeScale = 1) =>
    new SecondNet({
      dataSource,
      publisher,
      inspector: { inspect: async (queue) => queues[queue]! },
      lanes,
      timeScale,
      now: () => clock.now,
      logger: { warn: () => undefined },
      count: (jobs) => void (counted += jobs),
    });
  return {
    start,
    clock,
    queues,
    sent,
    publisher,
    net,
    counted: () => counted,
    waiting: () => dataSource.query<{ id: string }[]>('select id from waiting_jobs order by due'),
    write: (...records: EventRecord[]) => writeRecords({ dataSource, partitions }, mergeRows([rowsOf({ records })])),
    /** Two looks: the first only sees that all is calm. */
    async sweep(at: number, one = net()) {
      clock.now = at;
      await one.sweep();
      await one.sweep();
    },
    close: async () => {
      await dataSource.destroy();
      await database.remove();
    },
  };
}

/** A record that leaves a job waiting so long, and the record that the job's pass will write. */
function aWait(waitMs: number, given: Partial<EventRecord> = {}) {
  const delivery = aDelivery({ status: 'retrying' });
  const job: WaitingJob = {
    id: v4(),
    recordId: v4(),
    due: new Date(world.start + waitMs).toISOString(),
    sealed: 'what is to be done',
  };
  const recordedAt = new Date(world.start).toISOString();
  const left = aRecord(sealer, { acceptedAt: recordedAt, recordedAt, deliveries: [delivery], jobs: [job], ...given });
  const end = { ...delivery, status: 'succeeded' as const, attemptCount: 2, attempts: [] };
  const done = aRecord(sealer, { ...left, id: job.recordId, matchedCount: undefined, deliveries: [end], jobs: [] });
  return { job, left, done };
}

describe('R1.44: a job that the broker does not bring back', () => {
  test('is published again to its lane, as it was, once', async () => {
    const { job, left } = aWait(5_000);
    await world.write(left);
    const one = world.net();
    for (const at of [2, 3, 60, 6_000]) await world.sweep(world.start + at * minute, one);
    const { conversation, acceptedAt } = left;
    const body = { id: job.id, kind: 'retry', conversation, acceptedAt, due: job.due, sealed: job.sealed };
    expect(world.sent.map((message) => ({ ...message, body: JSON.parse(String(message.body)) }))).toEqual([
      {
        exchange: exchangeNames.events,
        routingKey: `${laneOf(conversation, lanes)}.job`,
        messageId: job.id,
        type: 'patchbay.job.v1',
        body,
      },
    ]);
    expect(world.counted()).toBe(1);
  });

  test('is published once by any number of replicas', async () => {
    await world.write(...Array.from({ length: 20 }, () => aWait(1_000).left));
    await Promise.all([1, 2, 3].map(() => world.sweep(world.start + 10 * minute)));
    expect(world.sent).toHaveLength(20);
  });

  test.each([
    ['1 s', 1_000, 1, 1_000],
    ['59 s, by the rung of 15 s', 59_000, 1, 15_000],
    ['3 h, by the rung of 1 h', 10_800_000, 1, 3_600_000],
    ['200 ms, by the shortest rung', 200, 1, 1_000],
    ['59 s at ten times the speed, by the rung of 5 min', 59_000, 10, 30_000],
  ])('is overdue after its longest rung and 60 s, having waited %s', async (_, wait, timeScale, rung) => {
    await world.write(aWait(wait).left);
    const overdue = world.start + wait + rung + minute / timeScale;
    const one = world.net(timeScale);
    await world.sweep(overdue - 1, one);
    expect(world.sent).toHaveLength(0);
    await world.sweep(overdue + 1, one);
    expect(world.sent).toHaveLength(1);
  });

  test('is tried again when the broker did not confirm', async () => {
    await world.write(aWait(1_000).left);
    const one = world.net();
    world.publisher.failing = true;
    await expect(world.sweep(world.start + 10 * minute, one)).rejects.toThrow('not confirmed');
    await expect(one.sweep()).rejects.toThrow('not confirmed');
    world.publisher.failing = false;
    await one.sweep();
    expect([world.sent.length, world.counted()]).toEqual([1, 1]);
  });

  test.each<[string, string, { messages: number; consumers: number }]>([
    ['outcomes are still to be written', queueNames.outcomes, { messages: 1, consumers: 1 }],
    ['a lane has a backlog', queueNames.lane(1), { messages: 1, consumers: 1 }],
    ['a lane has no consumer', queueNames.lane(0), { messages: 0, consumers: 0 }],
  ])('is left alone while %s, and for the look after', async (_, queue, state) => {
    await world.write(aWait(1_000).left);
    const one = world.net();
    world.queues[queue] = state;
    await world.sweep(world.start + 10 * minute, one);
    world.queues[queue] = calm[queue]!;
    await one.sweep();
    expect(world.sent).toHaveLength(0);
    await one.sweep();
    expect(world.sent).toHaveLength(1);
  });
});

describe('R1.44: a job whose pass is recorded is not published again', () => {
  const after = async (...writes: EventRecord[][]) => {
    for (const records of writes) await world.write(...records);
    await world.sweep(world.start + 600 * minute);
    return { sent: world.sent.length, waiting: await world.waiting() };
  };
  const nothing = { sent: 0, waiting: [] };

  test('when its record comes later', async () => {
    const { left, done } = aWait(5_000);
    expect(await after([left], [done])).toEqual(nothing);
  });

  test('when its record comes first', async () => {
    const { left, done } = aWait(5_000);
    expect(await after([done], [left])).toEqual(nothing);
  });

  test('when both come together', async () => {
    const { left, done } = aWait(5_000);
    expect(await after([left, done])).toEqual(nothing);
  });

  test('when both are written at the same time', async () => {
    const waits = Array.from({ length: 20 }, () => aWait(5_000));
    await Promise.all(waits.flatMap(({ left, done }) => [world.write(left), world.write(done)]));
    expect(await after()).toEqual(nothing);
  });

  test('when the record that left it there comes again', async () => {
    const { left, done } = aWait(5_000);
    expect(await after([left], [done], [left])).toEqual(nothing);
  });

  test('while the job that it left in turn still counts', async () => {
    const first = aWait(5_000);
    const second = aWait(60_000);
    expect(await after([first.left], [{ ...first.done, jobs: [second.job] }])).toEqual({
      sent: 1,
      waiting: [{ id: second.job.id }],
    });
  });
});
