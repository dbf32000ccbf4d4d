import { queueNames } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { v4 } from 'uuid';
import { aDelivery, anAttempt, aRecord } from '../a-record.builder';
import { startHarness, type Harness } from '../delivery-log.suite';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close(), 60_000);

describe('records', () => {
  test('are written once, however often their message comes', async () => {
    const record = aRecord(harness.sealer, { deliveries: [aDelivery(), aDelivery()] });
    const marker = aRecord(harness.sealer, { deliveries: [aDelivery()] });
    await harness.sendRecords(record, record);
    await harness.sendRecords(record);
    await harness.sendRecords(marker);
    await harness.deliveriesOf(marker.conversation, 1);
    const counts = await harness.query(
      `select (select count(*)::int from deliveries.events where id = $1) events,
        (select count(*)::int from deliveries.records where event_id = $1) records,
        (select count(*)::int from deliveries.deliveries where event_id = $1) deliveries,
        (select count(*)::int from deliveries.attempts a join deliveries.deliveries d on d.id = a.delivery_id
         where event_id = $1) attempts`,
      [record.eventId],
    );
    expect(counts).toEqual([{ events: 1, records: 1, deliveries: 2, attempts: 2 }]);
  });

  test('that go on move a delivery forward and add attempts', async () => {
    const first = aDelivery({ status: 'retrying', reason: '503', nextAttemptAt: '2026-11-22T10:00:05Z' });
    const second = { ...first, status: 'succeeded' as const, reason: undefined, nextAttemptAt: undefined };
    const record = aRecord(harness.sealer, { deliveries: [first] });
    await harness.sendRecords(record);
    await harness.deliveriesOf(record.conversation, 1);
    const attempts = [anAttempt({ number: 2 })];
    const later = { ...record, id: v4(), matchedCount: undefined };
    await harness.sendRecords({ ...later, deliveries: [{ ...second, attempts, attemptCount: 2 }] });
    const delivery = await eventually('it succeeded', async () => {
      const found = await harness.get(`/v1/deliveries/${first.id}`);
      return found.status === 'succeeded' && found;
    });
    expect(delivery).toMatchObject({
      attemptCount: 2,
      reason: null,
      nextAttemptAt: null,
      attempts: [{ number: 1 }, { number: 2 }],
    });
  });

  test.each(['in one message', 'in two messages'])('never change a terminal delivery, %s', async (how) => {
    const done = aDelivery({ status: 'succeeded', attemptCount: 2 });
    const stale = { ...done, status: 'retrying' as const, attemptCount: 3 };
    const other = { ...done, status: 'dead' as const, attemptCount: 4 };
    const record = aRecord(harness.sealer, { deliveries: [done] });
    const late = [stale, other].map((delivery) =>
      aRecord(harness.sealer, { ...record, id: v4(), deliveries: [delivery] }),
    );
    if (how === 'in one message') await harness.sendRecords(record, ...late);
    else for (const one of [record, ...late]) await harness.sendRecords(one);
    const marker = aRecord(harness.sealer, { deliveries: [aDelivery()] });
    await harness.sendRecords(marker);
    await harness.deliveriesOf(marker.conversation, 1);
    expect(await harness.get(`/v1/deliveries/${done.id}`)).toMatchObject({ status: 'succeeded', attemptCount: 2 });
  });

  test('of a later attempt win over earlier ones that come late', async () => {
    const later = aDelivery({ status: 'retrying', attemptCount: 3 });
    const earlier = { ...later, attemptCount: 2 };
    const record = aRecord(harness.sealer, { deliveries: [later] });
    await harness.sendRecords(record);
    await harness.sendRecords(aRecord(harness.sealer, { ...record, id: v4(), deliveries: [earlier] }));
    const marker = aRecord(harness.sealer, { deliveries: [aDelivery()] });
    await harness.sendRecords(marker);
    await harness.deliveriesOf(marker.conversation, 1);
    expect(await harness.get(`/v1/deliveries/${later.id}`)).toMatchObject({ attemptCount: 3 });
  });

  test('show of every attempt whose failure it was and where its time went', async () => {
    const timing = { dnsMs: 1.5, connectMs: 3, tlsMs: 8.25, sentMs: 9, firstByteMs: 5_000 };
    const attempts = [
      anAttempt({ number: 1, status: undefined, failureClass: 'dns', stage: 'call', side: 'ours' }),
      anAttempt({ number: 2, status: 503, failureClass: 'http-5xx', stage: 'after', side: 'theirs', timing }),
      anAttempt({ number: 3, timing: { sentMs: 0.5, firstByteMs: 11 } }),
    ];
    const record = aRecord(harness.sealer, { deliveries: [aDelivery({ attempts })] });
    await harness.sendRecords(record);
    const delivery = await harness.waitFor(`/v1/deliveries/${record.deliveries[0]!.id}`);
    expect(delivery.attempts).toMatchObject([
      { number: 1, side: 'ours', timing: null },
      { number: 2, side: 'theirs', timing },
      { number: 3, side: null, timing: { sentMs: 0.5, firstByteMs: 11 } },
    ]);
  });

  test.each(['in one message', 'in two messages'])(
    'keep whose the last failure was when nothing more is tried, and forget it on success, %s',
    async (how) => {
      const failed = { side: 'theirs', failureClass: 'http-5xx' } as const;
      const [expired, cured] = [0, 1].map(() => aDelivery({ status: 'retrying', attempts: [anAttempt(failed)] }));
      const first = aRecord(harness.sealer, { deliveries: [expired!, cured!] });
      const ends = [
        { ...expired!, status: 'expired' as const, attempts: [] },
        { ...cured!, status: 'succeeded' as const, attempts: [anAttempt({ number: 2 })], attemptCount: 2 },
      ];
      const last = aRecord(harness.sealer, { ...first, id: v4(), matchedCount: undefined, deliveries: ends });
      if (how === 'in one message') await harness.sendRecords(first, last);
      else for (const record of [first, last]) await harness.sendRecords(record);
      const sidesOf = (id: string, status: string) =>
        eventually(`${id} is ${status}`, async () => {
          const delivery = await harness.waitFor(`/v1/deliveries/${id}`);
          return delivery.status === status && { side: delivery.side };
        });
      expect(await sidesOf(expired!.id, 'expired')).toEqual({ side: 'theirs' });
      expect(await sidesOf(cured!.id, 'succeeded')).toEqual({ side: null });
    },
  );

  test('D6: keep whose the failure was, when the record of the attempt comes after the one that ends it', async () => {
    const attempts = [anAttempt({ side: 'theirs', failureClass: 'http-5xx' })];
    const tried = aDelivery({ status: 'retrying', attempts });
    const record = aRecord(harness.sealer, { deliveries: [{ ...tried, status: 'expired', attempts: [] }] });
    await harness.sendRecords(record);
    await harness.deliveriesOf(record.conversation, 1);
    await harness.sendRecords(aRecord(harness.sealer, { ...record, id: v4(), deliveries: [tried] }));
    const path = `/v1/deliveries/${tried.id}`;
    const { status } = await eventually('it has a side', async () => {
      const delivery = await harness.get(path);
      return delivery.side === 'theirs' && delivery;
    });
    expect(status).toBe('expired');
  });

  test('with text that PostgreSQL cannot store are stored without it', async () => {
    const reason = 'nul \u0000 half \ud800 whole 😀';
    const record = aRecord(harness.sealer, { deliveries: [aDelivery({ status: 'dead', reason })] });
    await harness.sendRecords(record);
    const [delivery] = await harness.deliveriesOf(record.conversation, 1);
    expect(delivery.reason).toBe('nul \ufffd half \ufffd whole 😀');
  });
});

describe('a message that does not belong in its queue', () => {
  test.each([
    ['no JSON', 'hello'],
    ['another shape', '{"records":[{"id":"x"}]}'],
    ['a scalar', '7'],
    ['null', 'null'],
    ['an id that is no UUID', '{"deliveryId":"x","sealed":"y"}'],
  ])('is set aside with its reason and the next one is written: %s', async (_, body) => {
    const queues = [queueNames.outcomes, queueNames.deadLetters, queueNames.rejected, queueNames.operatorEvents];
    for (const queue of queues) await harness.send(queue, body);
    const record = aRecord(harness.sealer, { deliveries: [aDelivery()] });
    await harness.sendRecords(record);
    await harness.deliveriesOf(record.conversation, 1);
    const bodyBase64 = Buffer.from(body).toString('base64');
    const sources = await eventually('all four are set aside', async () => {
      const { items } = await harness.get('/v1/rejected');
      const full = await Promise.all(items.map(({ id }: { id: string }) => harness.get(`/v1/rejected/${id}`)));
      const ours = full.filter((one) => one.bodyBase64 === bodyBase64).map(({ source }) => source);
      return ours.length === 4 && ours.sort();
    });
    expect(sources).toEqual([...queues].sort());
  });

  test('does not take the good messages of its batch with it', async () => {
    const good = Array.from({ length: 20 }, () => aRecord(harness.sealer, { deliveries: [aDelivery()] }));
    const bad = aRecord(harness.sealer, { deliveries: [aDelivery({ id: 'no uuid' })] });
    await Promise.all([...good.slice(0, 10), bad, ...good.slice(10)].map((record) => harness.sendRecords(record)));
    for (const { conversation } of good) await harness.deliveriesOf(conversation, 1);
    const { items } = await eventually('the bad one is set aside', async () => {
      const page = await harness.get('/v1/rejected', { limit: 1 });
      return page.items[0]?.reason.includes('invalid input syntax for type uuid') && page;
    });
    expect(items[0]).toMatchObject({ source: queueNames.outcomes });
  });
});
