import { queueNames, readEvent } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { v4 } from 'uuid';
import { aDelivery, anAttempt, aRecord } from '../a-record.builder';
import { startHarness, type Harness } from '../delivery-log.suite';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close(), 60_000);

describe('the list of deliveries', () => {
  test('is cut into pages, newest first, without gaps or repeats', async () => {
    const conversation = `paged ${v4()}`;
    const records = Array.from({ length: 7 }, (_, index) =>
      aRecord(harness.sealer, {
        conversation,
        // Three share a time, so the id decides.
        acceptedAt: new Date(Date.UTC(2026, 10, 22, 10, 0, Math.floor(index / 3))).toISOString(),
        deliveries: [aDelivery()],
      }),
    );
    await harness.sendRecords(...records);
    const all = await harness.deliveriesOf(conversation, 7);
    const pages: { id: string }[][] = [];
    let cursor: string | undefined;
    do {
      const page = await harness.get('/v1/deliveries', { conversation, limit: 2, cursor });
      pages.push(page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 2, 1]);
    expect(pages.flat()).toEqual(all);
    expect(await harness.get('/v1/deliveries', { conversation, limit: 7 })).toMatchObject({ nextCursor: null });
    const times = all.map(({ acceptedAt }: { acceptedAt: string }) => acceptedAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('is filtered by integration, event, status, side and event id', async () => {
    const conversation = `filtered ${v4()}`;
    const one = aRecord(harness.sealer, {
      conversation,
      eventName: 'queued',
      deliveries: [aDelivery({ integrationName: 'One' })],
    });
    const two = aRecord(harness.sealer, {
      conversation,
      deliveries: [
        aDelivery({ integrationId: 'two', status: 'dead', reason: 'gone', attempts: [anAttempt({ side: 'theirs' })] }),
      ],
    });
    await harness.sendRecords(one, two);
    await harness.deliveriesOf(conversation, 2);
    const idsOf = async (filter: object) =>
      (await harness.get('/v1/deliveries', { conversation, ...filter })).items.map(({ id }: { id: string }) => id);
    const [first, second] = [[one.deliveries[0]!.id], [two.deliveries[0]!.id]];
    expect(await idsOf({ integration: 'One' })).toEqual(first);
    expect(await idsOf({ integration: 'two' })).toEqual(second);
    expect(await idsOf({ event: 'queued' })).toEqual(first);
    expect(await idsOf({ status: 'dead' })).toEqual(second);
    expect(await idsOf({ side: 'theirs' })).toEqual(second);
    expect(await idsOf({ side: 'ours' })).toEqual([]);
    expect(await idsOf({ eventId: two.eventId })).toEqual(second);
    expect(await idsOf({ eventId: two.eventId, status: 'succeeded' })).toEqual([]);
  });

  test('is filtered by contact, failure class, HTTP status, time and a part of the reason', async () => {
    const conversation = `searched ${v4()}`;
    const attempts = [anAttempt({ status: 503 })];
    const failed = { status: 'dead' as const, failureClass: 'http-5xx', attempts };
    const contactId = `leg ${v4()}`;
    const records = [
      aRecord(harness.sealer, { acceptedAt: '2026-11-20T10:00:00.000Z', deliveries: [aDelivery()], contactId }),
      aRecord(harness.sealer, {
        acceptedAt: '2026-11-21T10:00:00.000Z',
        deliveries: [aDelivery({ ...failed, reason: 'The service answered 100% 503_A\\B' })],
      }),
    ].map((record) => ({ ...record, conversation }));
    await harness.sendRecords(...records);
    await harness.deliveriesOf(conversation, 2);
    const [first, second] = records.map(({ deliveries }) => [deliveries[0]!.id]);
    const idsOf = async (filter: object) =>
      (await harness.get('/v1/deliveries', { conversation, ...filter })).items.map(({ id }: { id: string }) => id);
    expect(await idsOf({ contact: contactId })).toEqual(first);
    expect(await idsOf({ failureClass: 'http-5xx' })).toEqual(second);
    expect(await idsOf({ failureClass: 'timeout' })).toEqual([]);
    expect(await idsOf({ httpStatus: 200 })).toEqual(first);
    expect(await idsOf({ httpStatus: 503 })).toEqual(second);
    expect(await idsOf({ from: '2026-11-21T10:00:00Z' })).toEqual(second);
    expect(await idsOf({ to: '2026-11-21T10:00:00Z' })).toEqual(first);
    for (const text of ['ANSWERED 100% 5', '503_a', 'a\\b']) expect(await idsOf({ text })).toEqual(second);
    for (const text of ['1__%', '503%A', 'A\\\\B']) expect(await idsOf({ text })).toEqual([]);
  });

  test('finds an integration by each of its names, and two that share one', async () => {
    const [one, other] = [v4(), v4()];
    const [old, shared] = [`old ${one}`, `shared ${one}`];
    const deliveries = [
      aDelivery({ integrationId: one, integrationName: old }),
      aDelivery({ integrationId: one, integrationName: shared }),
      aDelivery({ integrationId: other, integrationName: shared }),
    ];
    const record = aRecord(harness.sealer, { deliveries });
    await harness.sendRecords(record);
    await harness.deliveriesOf(record.conversation, 3);
    const idsOf = async (integration: string) =>
      (await harness.get('/v1/deliveries', { integration })).items.map(({ id }: { id: string }) => id).sort();
    const ids = deliveries.map(({ id }) => id);
    expect(await idsOf(old)).toEqual([ids[0]]);
    expect(await idsOf(shared)).toEqual([ids[1], ids[2]].sort());
    expect(await idsOf(one)).toEqual([ids[0], ids[1]].sort());
  });

  test('looks for what no index answers in so many rows a page, and goes on from there', async () => {
    const record = aRecord(harness.sealer, {
      acceptedAt: '2026-11-01T10:00:00.000Z',
      eventName: 'ended',
      deliveries: [aDelivery({ integrationName: `rare ${v4()}` })],
    });
    const [rare] = record.deliveries;
    await harness.sendRecords(record);
    await harness.deliveriesOf(record.conversation, 1);
    await harness.query(
      `insert into deliveries.deliveries select (copy).* from deliveries.deliveries one, generate_series(1, 18000) n,
         lateral json_populate_record(one, json_build_object('id', gen_random_uuid(), 'event_name', 'queued',
           'accepted_at', one.accepted_at + n * interval '1 s')) as copy where one.id = $1`,
      [rare!.id],
    );
    const pages: string[][] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await harness.get('/v1/deliveries', { integration: rare!.integrationName, event: 'ended', cursor });
      pages.push(page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    }
    expect(pages).toEqual([[], [], [rare!.id]]);
  });

  test('tells all faults of a query at once', async () => {
    const { status, data } = await harness.viewer.get('/v1/deliveries', {
      params: { limit: 0, status: 'lost', side: 'nobody', colour: 'red' },
    });
    expect(status).toBe(400);
    expect(data.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['colour', 'limit', 'side', 'status']);
  });

  test('refuses a cursor it did not give out', async () => {
    const { status, data } = await harness.viewer.get('/v1/deliveries', { params: { cursor: 'abc' } });
    expect([status, data.errors[0].code]).toEqual([400, 'cursor-unknown']);
  });

  test('is for viewers and above', async () => {
    const { status } = await harness.viewer.get('/v1/deliveries', { headers: { authorization: '' } });
    expect(status).toBe(401);
  });
});

describe('explaining', () => {
  test('a delivery shows what was set and saved to operators only', async () => {
    const delivery = aDelivery({ setNames: ['priority'], saveKeys: ['name'] });
    const results = { [delivery.id]: { set: { priority: 9 }, save: { name: 'Ada' }, answerExcerpt: '{"p":9}' } };
    const record = aRecord(harness.sealer, { deliveries: [delivery] }, { results });
    await harness.sendRecords(record);
    await harness.deliveriesOf(record.conversation, 1);
    const path = `/v1/deliveries/${delivery.id}`;
    expect(await harness.get(path)).toMatchObject({
      setNames: ['priority'],
      set: { priority: 9 },
      save: { name: 'Ada' },
      answerExcerpt: '{"p":9}',
    });
    const seen = await harness.get(path, {}, harness.viewer);
    expect(seen).toMatchObject({ setNames: ['priority'], saveKeys: ['name'] });
    expect(JSON.stringify(seen)).not.toContain('Ada');
  });

  test('an event that matched nothing says so', async () => {
    const record = aRecord(harness.sealer, { matchedCount: 0, deliveries: [] });
    await harness.sendRecords(record);
    const event = await harness.waitFor(`/v1/events/${record.eventId}`);
    expect(event).toMatchObject({ matchedCount: 0, deliveries: [], leftOut: [], configRevision: 7 });
    expect(event).toMatchObject({ payload: { id: record.eventId, contact: { guid: record.conversation } } });
  });

  test('an event shows its deliveries in order, what was left out, and no payload to viewers', async () => {
    const deliveries = [
      aDelivery({ ordinal: 2 }),
      aDelivery({ ordinal: 1, status: 'skipped', reason: 'condition is false' }),
    ];
    const record = aRecord(harness.sealer, { deliveries, matchedCount: 3, leftOut: ['integration-9'] });
    await harness.sendRecords(record);
    await harness.waitFor(`/v1/events/${record.eventId}`);
    const event = await harness.get(`/v1/events/${record.eventId}`, {}, harness.viewer);
    expect(event).toMatchObject({ matchedCount: 3, leftOut: ['integration-9'] });
    expect(event.deliveries.map(({ reason }: { reason: string }) => reason)).toEqual(['condition is false', null]);
    expect(event.payload).toBeUndefined();
  });

  test.each(['deliveries', 'dead-letters', 'events', 'rejected'])('what is not in %s gives 404', async (kind) => {
    expect((await harness.viewer.get(`/v1/${kind}/nothing`)).status).toBe(404);
    expect((await harness.viewer.get(`/v1/${kind}/${v4()}`)).status).toBe(404);
  });

  test('an event comes with what to ask config-service, for operators only', async () => {
    const record = aRecord(harness.sealer, { matchedCount: 0, deliveries: [] });
    await harness.sendRecords(record);
    const { explain } = await harness.waitFor(`/v1/events/${record.eventId}`);
    expect(explain).toMatchObject({ service: 'config-service', method: 'POST', path: '/v1/explain' });
    // As config-service takes it.
    expect(readEvent(explain.body.event, () => v4())).toEqual({ event: explain.body.event });
    const seen = await harness.get(`/v1/events/${record.eventId}`, {}, harness.viewer);
    expect(seen.explain).toBeUndefined();
  });

  test('events that matched nothing are listed, by conversation and time', async () => {
    const conversation = `unheard ${v4()}`;
    const records = [0, 2, 0].map((matchedCount, day) =>
      aRecord(harness.sealer, { conversation, matchedCount, acceptedAt: `2026-11-2${day}T10:00:00.000Z` }),
    );
    await harness.sendRecords(...records);
    const idsOf = async (filter: object) =>
      (await harness.get('/v1/events', { conversation, ...filter }, harness.viewer)).items.map(
        ({ id }: { id: string }) => id,
      );
    await eventually('all are there', async () => (await idsOf({})).length === 3);
    const [first, second, third] = records.map(({ eventId }) => eventId);
    expect(await idsOf({})).toEqual([third, second, first]);
    expect(await idsOf({ matched: 'none' })).toEqual([third, first]);
    expect(await idsOf({ matched: 'some' })).toEqual([second]);
    expect(await idsOf({ matched: 'none', from: '2026-11-21T00:00:00Z' })).toEqual([third]);
    expect(await idsOf({ matched: 'none', to: '2026-11-22T10:00:00Z' })).toEqual([first]);
  });

  test('the summary counts per integration and status', async () => {
    const integrationId = v4();
    const deliveries = (['succeeded', 'succeeded', 'dead'] as const).map((status) =>
      aDelivery({ integrationId, integrationName: 'Counted', status }),
    );
    const record = aRecord(harness.sealer, { deliveries });
    await harness.sendRecords(record);
    await harness.deliveriesOf(record.conversation, 3);
    const { items } = await harness.get('/v1/summary', { since: record.acceptedAt });
    const ours = items.filter((item: { integrationId: string }) => item.integrationId === integrationId);
    expect(ours).toEqual([
      { integrationId, integration: 'Counted', status: 'dead', count: 1 },
      { integrationId, integration: 'Counted', status: 'succeeded', count: 2 },
    ]);
    expect((await harness.get('/v1/summary', { since: '2999-01-01T00:00:00Z' })).items).toEqual([]);
  });

  test('nothing personal is readable in the database', async () => {
    const delivery = aDelivery();
    const results = { [delivery.id]: { save: { name: 'canary-4711' } } };
    const record = aRecord(harness.sealer, { deliveries: [delivery] }, { results });
    await harness.sendRecords(record);
    await harness.send(queueNames.outcomes, 'canary-4711 is no JSON');
    await eventually('it is set aside', async () => (await harness.get('/v1/rejected')).items.length > 0);
    await harness.deliveriesOf(record.conversation, 1);
    const rows = await harness.query(
      `select r::text from deliveries.records r union all select r::text from deliveries.rejected r`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toMatch(/canary-4711|Y2FuYXJ5LTQ3MTE/);
  });
});
