import { queueNames, type JobMessage, type ReplayOrder } from '@patchbay/contracts';
import { PublishFailed, type Delivery, type OutgoingMessage, type Publisher } from '@patchbay/messaging';
import { openDatabase, type Logger } from '@patchbay/service-kit';
import { eventually } from '@patchbay/testing';
import { randomUUID } from 'node:crypto';
import { v5 } from 'uuid';
import { aDeadLetter, aDelivery, anAttempt, aRecord } from '../a-record.builder';
import { deliveriesDatabase } from '../deliveries-database';
import { startHarness, type Harness } from '../delivery-log.suite';
import { Payloads } from '../payloads';
import { replayIdOf, type Operation } from './operation';
import { ReplayOperations } from './replay-operations';
import { ReplayRunner } from './replay-runner';
import type { ReplayBodyDto } from './replay.dto';
import { runBatch } from './run-batch';

let harness: Harness;
/** What reached the lanes, in order of arrival. */
let jobs: Delivery[][];
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  harness = await startHarness();
  jobs = [harness.take(queueNames.lane(0)), harness.take(queueNames.lane(1))];
}, 60_000);
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => harness?.close(), 60_000);

const silent = { info: () => undefined, warn: () => undefined };

/** What another process of the service has: the same database, and a publisher of its own. */
async function otherProcess(publisher: Publisher) {
  const database = deliveriesDatabase(harness.database.databaseUrl);
  const dataSource = await openDatabase(database, silent as unknown as Logger);
  closing.push(() => dataSource.destroy());
  return { dataSource, tools: { payloads: new Payloads(harness.sealer), publisher, lanes: 2, versions: undefined } };
}

/** Dead deliveries of one integration of its own, each of an event of its own. */
async function setup(count: number, given: Partial<Parameters<typeof aDelivery>[0]> = {}) {
  const integrationId = randomUUID();
  const acceptedFrom = Date.now() - 3_600_000;
  const deliveries = Array.from({ length: count }, () =>
    aDelivery({ integrationId, status: 'dead', reason: 'answered 503', failureClass: 'http_503', ...given }),
  );
  const records = deliveries.map((delivery, at) =>
    aRecord(harness.sealer, {
      acceptedAt: new Date(acceptedFrom + at * 10).toISOString(),
      deliveries: [delivery],
    }),
  );
  for (let at = 0; at < count; at += 200) await harness.sendRecords(...records.slice(at, at + 200));
  await eventually(`${count} deliveries`, async () => {
    const ids = deliveries.map(({ id }) => id);
    const rows = await harness.query('select 1 from deliveries.deliveries where id = any($1)', [ids]);
    return rows.length === count;
  });
  const filter = { integration: integrationId, status: 'dead' };
  return { integrationId, deliveries, records, filter };
}

const draft = async (body: object, headers = {}) => {
  const { status, data } = await harness.operator.post('/v1/replays', body, { headers });
  expect([status, data]).toEqual([201, expect.anything()]);
  return data;
};
const step = async (id: string, name: string) => {
  const { status, data } = await harness.operator.post(`/v1/replays/${id}/${name}`);
  expect([status, data]).toEqual([200, expect.anything()]);
  return data;
};
const ended = (id: string, state = 'done') =>
  eventually(`replay ${id} is ${state}`, async () => {
    const operation = await harness.get(`/v1/replays/${id}`);
    return operation.state === state && operation;
  });
const jobsOf = (operationId: string, deliveries: { id: string }[]) => {
  const wanted = new Set(deliveries.map(({ id }) => replayIdOf(operationId, id)));
  return jobs
    .flat()
    .map(({ body }) => JSON.parse(body.toString()) as JobMessage)
    .filter(({ id }) => wanted.has(id));
};
const orderOf = (job: JobMessage) => JSON.parse(harness.sealer.open(job.sealed, `job:${job.id}`)) as ReplayOrder;

describe('a replay', () => {
  test('is counted and tried on a sample before anything is kept or sent', async () => {
    const { filter, deliveries, records } = await setup(7);
    const tried = await draft({ filter, dryRun: true });
    expect(tried).toMatchObject({ found: 7, alreadyReplayed: 0 });
    expect(tried.id).toBeUndefined();
    expect(tried.sample.map(({ deliveryId }: { deliveryId: string }) => deliveryId)).toEqual(
      deliveries.slice(0, 5).map(({ id }) => id),
    );
    expect(tried.sample[0]).toMatchObject({
      integration: 'Lookup',
      integrationVersion: 1,
      event: 'received',
      eventDatetime: records[0]!.eventDatetime,
      setStale: null,
      unknown: expect.stringContaining('config-service'),
    });
    expect(JSON.stringify(tried.sample)).not.toContain('sealed');
    const { items } = await harness.get('/v1/replays');
    expect(items.filter((one: { filter: object }) => JSON.stringify(one.filter).includes(filter.integration))).toEqual(
      [],
    );
  });

  test('of many publishes one job for each delivery, oldest first, settled once confirmed, and is then done', async () => {
    const { filter, deliveries, records } = await setup(25);
    const { id, state, found, requestedBy } = await draft({ filter, ratePerSecond: 1_000 });
    expect({ state, found, requestedBy }).toEqual({ state: 'draft', found: 25, requestedBy: 'the operator' });
    expect((await harness.viewer.post(`/v1/replays/${id}/start`)).status).toBe(403);
    expect(jobsOf(id, deliveries)).toEqual([]);
    await step(id, 'start');
    const done = await ended(id);
    expect(done).toMatchObject({
      startedBy: 'the operator',
      progress: { total: 25, published: 25, underway: 25, remaining: 0, skipped: 0, failed: 0 },
    });
    const sent = await eventually('all jobs', () => jobsOf(id, deliveries).length >= 25 && jobsOf(id, deliveries));
    expect(new Set(sent.map((job) => job.id)).size).toBe(25);
    const orders = sent.map(orderOf);
    expect(orders.find(({ replayOf }) => replayOf === deliveries[3]!.id)).toMatchObject({
      replayId: replayIdOf(id, deliveries[3]!.id),
      integrationId: filter.integration,
      key: deliveries[3]!.key,
      event: { id: records[3]!.eventId },
      eventAcceptedAt: records[3]!.acceptedAt,
    });
    expect(orders.every(({ record }) => record === undefined)).toBe(true);
    const { items } = await harness.get(`/v1/replays/${id}/items`, { status: 'published', limit: 500 });
    expect(items.map(({ deliveryId }: { deliveryId: string }) => deliveryId)).toEqual(deliveries.map((one) => one.id));
  });

  test('R1.47: with new keys goes out under a key derived from replay and old key, the same whenever it is sent', async () => {
    const { filter, deliveries } = await setup(1);
    const { id } = await draft({ filter, keys: 'new' });
    await step(id, 'start');
    const [job] = await eventually('its job', () => jobsOf(id, deliveries).length > 0 && jobsOf(id, deliveries));
    expect(orderOf(job!).key).toBe(v5(replayIdOf(id, deliveries[0]!.id), deliveries[0]!.key));
  });

  test('tells what became of the new deliveries as they are recorded', async () => {
    const { filter, deliveries, records } = await setup(4);
    const { id } = await draft({ filter, ratePerSecond: 1_000 });
    await step(id, 'start');
    await ended(id);
    const became = ['succeeded', 'dead', 'retrying'] as const;
    await harness.sendRecords(
      ...became.map((status, at) =>
        aRecord(harness.sealer, {
          eventId: records[at]!.eventId,
          matchedCount: undefined,
          deliveries: [
            aDelivery({
              integrationId: filter.integration,
              status,
              replayOf: deliveries[at]!.id,
              replayId: replayIdOf(id, deliveries[at]!.id),
              ...(status === 'dead' && { reason: 'gone' }),
            }),
          ],
        }),
      ),
    );
    const { progress } = await eventually('they are told', async () => {
      const operation = await harness.get(`/v1/replays/${id}`);
      return operation.progress.failed === 1 && operation;
    });
    expect(progress).toMatchObject({ total: 4, published: 4, succeeded: 1, failed: 1, underway: 2 });
    const { items } = await harness.get(`/v1/replays/${id}/items`, { status: 'failed' });
    expect(items).toMatchObject([
      { deliveryId: deliveries[1]!.id, reason: 'gone', replayDeliveryId: expect.any(String) },
    ]);
  });

  test('is paused with nothing more sent, resumed where it was, and loses and repeats nothing', async () => {
    const { filter, deliveries } = await setup(30);
    const { id } = await draft({ filter, ratePerSecond: 20 });
    await step(id, 'start');
    await eventually('some are sent', async () => (await harness.get(`/v1/replays/${id}`)).progress.published >= 4);
    const { state, pausedBy, progress } = await step(id, 'pause');
    expect([state, pausedBy]).toEqual(['paused', 'the operator']);
    expect(progress.published).toBeLessThan(30);
    await eventually('what was sent has arrived', () => jobsOf(id, deliveries).length === progress.published);
    // Ten times the pause between two batches.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await harness.get(`/v1/replays/${id}`)).progress).toMatchObject({ published: progress.published });
    expect(jobsOf(id, deliveries)).toHaveLength(progress.published);
    await step(id, 'resume');
    await ended(id);
    await eventually('all have arrived', () => jobsOf(id, deliveries).length === 30);
    expect(new Set(jobsOf(id, deliveries).map((job) => job.id)).size).toBe(30);
  }, 30_000);

  test('S3.16: keeps to its pace', async () => {
    const { filter } = await setup(20);
    const { id } = await draft({ filter, ratePerSecond: 10 });
    const from = Date.now();
    await step(id, 'start');
    await ended(id);
    // 20 at 10 a second: the last is due after 1.9 s.
    expect(Date.now() - from).toBeGreaterThan(1_700);
  }, 30_000);

  test('is cancelled for good, and what it has not sent may be replayed by another', async () => {
    const { filter, deliveries } = await setup(10);
    const { id } = await draft({ filter, ratePerSecond: 1 });
    await step(id, 'start');
    await eventually('one is sent', async () => (await harness.get(`/v1/replays/${id}`)).progress.published >= 1);
    const { progress, cancelledBy } = await step(id, 'cancel');
    expect(cancelledBy).toBe('the operator');
    expect(progress.published + progress.cancelled).toBe(10);
    expect(progress.remaining).toBe(0);
    expect((await harness.operator.post(`/v1/replays/${id}/start`)).status).toBe(409);
    const other = await draft({ filter, ratePerSecond: 1_000 });
    await step(other.id, 'start');
    const done = await ended(other.id);
    expect(done.progress).toMatchObject({ published: progress.cancelled, skipped: progress.published });
    await eventually('each delivery has one job', () => {
      const [first, second] = [jobsOf(id, deliveries), jobsOf(other.id, deliveries)];
      return first.length + second.length === 10;
    });
  }, 30_000);

  test('S3.16: two operators replaying the same deliveries at the same time make one new delivery of each', async () => {
    const { filter, deliveries } = await setup(50);
    const [one, other] = await Promise.all([1, 2].map(() => draft({ filter, ratePerSecond: 1_000 })));
    await Promise.all([step(one.id, 'start'), step(other.id, 'start')]);
    const [first, second] = await Promise.all([ended(one.id), ended(other.id)]);
    expect(first.progress.published + second.progress.published).toBe(50);
    expect(first.progress.skipped + second.progress.skipped).toBe(50);
    await eventually('their jobs', () => jobsOf(one.id, deliveries).length + jobsOf(other.id, deliveries).length >= 50);
    const replayed = [one.id, other.id].flatMap((id) => jobsOf(id, deliveries).map((job) => orderOf(job).replayOf));
    expect([replayed.length, new Set(replayed).size]).toEqual([50, 50]);
    expect(await draft({ filter, dryRun: true })).toMatchObject({ found: 50, alreadyReplayed: 50, sample: [] });
  });

  test('S3.16: the same request id is the same replay, whoever repeats it; with another body it is refused', async () => {
    const { filter } = await setup(1);
    const headers = { 'Idempotency-Key': randomUUID() };
    const drafts = await Promise.all([1, 2, 3].map(() => draft({ filter }, headers)));
    expect(new Set(drafts.map(({ id }) => id)).size).toBe(1);
    const { status, data } = await harness.operator.post('/v1/replays', { filter, keys: 'new' }, { headers });
    expect([status, data.operation]).toEqual([409, drafts[0].id]);
    await step(drafts[0].id, 'start');
    await ended(drafts[0].id);
    expect(await draft({ filter }, headers)).toMatchObject({ id: drafts[0].id, state: 'done' });
  });

  test('leaves out what came after its draft, so its own new deliveries are none of its own', async () => {
    const { filter, integrationId } = await setup(2);
    const { id } = await draft({ filter, ratePerSecond: 1_000 });
    const late = aDelivery({ integrationId, status: 'dead', reason: 'late' });
    await harness.sendRecords(
      aRecord(harness.sealer, { acceptedAt: new Date(Date.now() + 1_000).toISOString(), deliveries: [late] }),
    );
    await eventually('it is recorded', async () => (await draft({ filter, dryRun: true })).found >= 2);
    await step(id, 'start');
    expect((await ended(id)).progress).toMatchObject({ total: 2, published: 2 });
  });

  test('refuses an item whose event cannot be read, saying why, and goes on with the others', async () => {
    const { filter, deliveries, records } = await setup(3);
    await harness.query('update deliveries.records set sealed = $2 where id = $1', [
      records[1]!.id,
      harness.sealer.seal('{}', 'elsewhere'),
    ]);
    const { id } = await draft({ filter, ratePerSecond: 1_000 });
    await step(id, 'start');
    expect((await ended(id)).progress).toMatchObject({ total: 3, published: 2, failed: 1 });
    const { items } = await harness.get(`/v1/replays/${id}/items`, { status: 'failed' });
    expect(items).toMatchObject([{ deliveryId: deliveries[1]!.id, reason: expect.stringContaining('cannot be read') }]);
  });

  test('S3.16: and the replay of its dead letter by itself are one replay', async () => {
    const { filter, deliveries, records } = await setup(1);
    const letter = aDeadLetter(harness.sealer, {
      deliveryId: deliveries[0]!.id,
      eventId: records[0]!.eventId,
      conversation: records[0]!.conversation,
    });
    await harness.sendDeadLetter(letter);
    await harness.waitFor(`/v1/dead-letters/${letter.deliveryId}`);
    const { id } = await draft({ filter });
    await step(id, 'start');
    await ended(id);
    const replayId = replayIdOf(id, letter.deliveryId);
    expect(await harness.get(`/v1/dead-letters/${letter.deliveryId}`)).toMatchObject({ status: 'replayed', replayId });
    const { data } = await harness.operator.post(`/v1/dead-letters/${letter.deliveryId}/replay`);
    expect(data.replayId).toBe(replayId);
    expect(
      jobs.flat().filter(({ body }) => orderOf(JSON.parse(body.toString())).replayOf === letter.deliveryId),
    ).toHaveLength(1);
  });

  test('goes on after a crash between confirm and commit: the same jobs again, nothing lost', async () => {
    const { filter, deliveries } = await setup(12);
    const { id } = await draft({ filter, ratePerSecond: 10 });
    const real = harness.messaging.publisher('crashing');
    let crashed = 0;
    const crashing = {
      async publish(message: OutgoingMessage) {
        await real.publish(message);
        crashed++;
        throw new Error('the process dies');
      },
    };
    const { dataSource, tools } = await otherProcess(crashing);
    // Not by its route, which would wake the service itself.
    await harness.query(`update deliveries.replay_operations set state = 'running', next_at = now() where id = $1`, [
      id,
    ]);
    await eventually('a crash', () =>
      runBatch(dataSource, tools).then(
        () => false,
        () => crashed > 0,
      ),
    );
    await ended(id);
    const sent = await eventually('all jobs, some twice', () => {
      const list = jobsOf(id, deliveries);
      return list.length >= 12 + crashed && list;
    });
    expect(crashed).toBeGreaterThan(0);
    expect(new Set(sent.map((job) => job.id)).size).toBe(12);
    expect((await harness.get(`/v1/replays/${id}`)).progress).toMatchObject({ published: 12, remaining: 0 });
  });

  test('whose jobs the broker does not take waits and says so, and goes on when it takes them', async () => {
    const { filter, deliveries } = await setup(6);
    const { id } = await draft({ filter, ratePerSecond: 5 });
    const full = {
      publish: ({ messageId }: OutgoingMessage) => Promise.reject(new PublishFailed('nack', messageId, 'full')),
    };
    const { dataSource, tools } = await otherProcess(full);
    await harness.query(`update deliveries.replay_operations set state = 'running', next_at = now() where id = $1`, [
      id,
    ]);
    const { problem, progress } = await eventually('the problem', async () => {
      await runBatch(dataSource, tools);
      const operation = await harness.get(`/v1/replays/${id}`);
      return operation.problem !== null && operation;
    });
    expect(problem).toContain('full');
    // The service itself may have had a turn.
    expect([progress.published + progress.remaining, progress.remaining > 0]).toEqual([6, true]);
    expect((await ended(id)).problem).toBeNull();
    await eventually('its jobs', () => jobsOf(id, deliveries).length === 6);
  });

  test('S3.16: is run by one process at a time, so two keep the pace of one and send each delivery once', async () => {
    const { filter, deliveries } = await setup(30);
    const { dataSource, tools } = await otherProcess(harness.messaging.publisher('other'));
    const other = new ReplayRunner(dataSource, tools, silent);
    const { id } = await draft({ filter, ratePerSecond: 15 });
    const from = Date.now();
    await step(id, 'start');
    other.wake();
    await ended(id);
    await other.close();
    // 30 at 15 a second, two at a time: the last are due after 1.87 s.
    expect(Date.now() - from).toBeGreaterThan(1_700);
    await eventually('its jobs', () => jobsOf(id, deliveries).length === 30);
    expect(new Set(jobsOf(id, deliveries).map((job) => job.id)).size).toBe(30);
  }, 30_000);

  test('S3.13: leaves a line of audit for each step: who, what, which deliveries, how many', async () => {
    const { filter } = await setup(2);
    const lines: { audit?: object }[] = [];
    const { dataSource, tools } = await otherProcess(harness.messaging.publisher('audited'));
    const logger = { info: (line: object) => void lines.push(line), warn: () => undefined } as unknown as Logger;
    const operations = new ReplayOperations({ dataSource, logger, ...tools });
    const body = { filter, configuration: 'now', keys: 'same', ratePerSecond: 1, dryRun: false } as const;
    const drafted = await operations.draft(body as ReplayBodyDto, { requestedBy: 'Ada', requestId: undefined });
    const { id } = drafted as Operation;
    for (const name of ['start', 'pause', 'pause', 'resume', 'cancel'] as const)
      await operations.steer(id, name, 'Bob');
    await operations.close();
    const audited = lines.flatMap(({ audit }) => audit ?? []);
    expect(audited).toMatchObject([
      { principal: 'Ada', action: 'replay.draft', operation: id, filter, count: 2 },
      { principal: 'Bob', action: 'replay.start', operation: id },
      { principal: 'Bob', action: 'replay.pause' },
      { principal: 'Bob', action: 'replay.resume' },
      { principal: 'Bob', action: 'replay.cancel' },
    ]);
    expect(audited).toHaveLength(5);
    const noted = { requestedBy: 'Ada', startedBy: 'Bob', pausedBy: 'Bob', resumedBy: 'Bob', cancelledBy: 'Bob' };
    expect(await harness.get(`/v1/replays/${id}`)).toMatchObject(noted);
  });

  test('of thousands is selected in chunks, each delivery once', async () => {
    const { integrationId, deliveries, filter } = await setup(1);
    const columns = await harness.query(
      `select string_agg(column_name, ', ') as names from information_schema.columns
       where table_schema = 'deliveries' and table_name = 'deliveries' and column_name <> 'id'`,
    );
    const { names } = columns[0] as { names: string };
    await harness.query(
      `insert into deliveries.deliveries (id, ${names})
       select gen_random_uuid(), ${names} from deliveries.deliveries, generate_series(1, 4999) where id = $1`,
      [deliveries[0]!.id],
    );
    const { id, found } = await draft({ filter, ratePerSecond: 1 });
    expect(found).toBe(5_000);
    await step(id, 'start');
    await eventually('all are selected', async () => (await harness.get(`/v1/replays/${id}`)).selectedAt !== null);
    const { progress } = await step(id, 'cancel');
    expect(progress).toMatchObject({ total: 5_000, skipped: 0, failed: 0, remaining: 0 });
    const [counts] = await harness.query(
      `select count(distinct delivery_id)::int as deliveries, max(ordinal) as last from deliveries.replay_items i
       where operation_id = $1`,
      [id],
    );
    expect([counts, integrationId]).toEqual([{ deliveries: 5_000, last: 5_000 }, filter.integration]);
  }, 30_000);

  test('of everything there is, as it was then without config-service, or of what is still retried is refused', async () => {
    const refusals = [
      { filter: {} },
      { filter: { status: 'dead' }, configuration: 'then' },
      { filter: { status: 'retrying' } },
      { filter: { status: 'dead' }, ratePerSecond: 0 },
      { filter: { text: 'a\0b' } },
      {},
    ];
    const answers = await Promise.all(refusals.map((body) => harness.operator.post('/v1/replays', body)));
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400]);
    expect(answers[1]!.data.detail).toContain('PATCHBAY_CONFIG_URL');
  });

  const teapot = `A teapot ${randomUUID()}`;
  test.each<[string, { integration?: string; [name: string]: unknown }]>([
    ['failureClass', { failureClass: 'http_418' }],
    ['text', { text: 'TEAPOT' }],
    ['text taken literally', { text: '5_3' }],
    ['side', { side: 'theirs' }],
    ['name', { integration: teapot }],
  ])('finds by %s', async (_, condition) => {
    const { integrationId } = await setup(2);
    const name = condition.integration ?? 'Another';
    const [wanted] = (
      await setup(1, {
        integrationId,
        integrationName: name,
        failureClass: 'http_418',
        reason: 'is a teapot, 5_3',
        attempts: [anAttempt({ side: 'theirs', failureClass: 'http_418' })],
      })
    ).deliveries;
    const { sample, found } = await draft({
      filter: { integration: integrationId, status: 'dead', ...condition },
      dryRun: true,
    });
    expect([found, sample[0].deliveryId]).toEqual([1, wanted!.id]);
  });

  test('finds by ids and by time of acceptance', async () => {
    const { integrationId, deliveries, records } = await setup(5);
    const idsOf = async (filter: object) =>
      (await draft({ filter: { integration: integrationId, ...filter }, dryRun: true })).sample.map(
        ({ deliveryId }: { deliveryId: string }) => deliveryId,
      );
    expect(await idsOf({ ids: [deliveries[1]!.id, deliveries[4]!.id] })).toEqual([
      deliveries[1]!.id,
      deliveries[4]!.id,
    ]);
    const [from, to] = [records[1]!.acceptedAt, records[3]!.acceptedAt];
    expect(await idsOf({ from, to })).toEqual([deliveries[1]!.id, deliveries[2]!.id]);
  });
});
