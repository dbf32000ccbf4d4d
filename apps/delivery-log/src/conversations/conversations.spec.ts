import { eventually } from '@patchbay/testing';
import { v4 } from 'uuid';
import { aDeadLetter, aDelivery, anAttempt, aRecord } from '../a-record.builder';
import { startHarness, type Harness } from '../delivery-log.suite';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close(), 60_000);

describe('the timeline of a conversation', () => {
  test('tells its events in order, with what came of each and what did not and why', async () => {
    const conversation = `told ${v4()}`;
    const skipped = aDelivery({ status: 'skipped', reason: 'condition is false', attempts: [], ordinal: 1 });
    const dead = aDelivery({
      status: 'dead',
      ordinal: 2,
      attempts: [anAttempt({ number: 1, status: 503 }), anAttempt({ number: 2, status: 500 })],
    });
    const second = aRecord(harness.sealer, {
      conversation,
      acceptedAt: '2026-11-22T10:00:00.000Z',
      eventName: 'queued',
      deliveries: [dead, skipped],
      leftOut: ['integration-9'],
    });
    const first = aRecord(harness.sealer, { conversation, acceptedAt: '2026-11-21T10:00:00.000Z', matchedCount: 0 });
    const replay = aDelivery({ replayOf: dead.id, replayId: v4(), ordinal: 2 });
    const replayed = { acceptedAt: '2026-11-23T10:00:00.000Z', matchedCount: undefined, deliveries: [replay] };
    const letter = aDeadLetter(harness.sealer, { deliveryId: dead.id, eventId: second.eventId, conversation });
    await harness.sendRecords(
      aRecord(harness.sealer, { ...second, ...replayed, id: v4(), leftOut: [] }),
      second,
      first,
    );
    await harness.sendDeadLetter(letter);
    await harness.waitFor(`/v1/dead-letters/${dead.id}`);
    await harness.deliveriesOf(conversation, 3);
    const { items, nextCursor } = await harness.get(`/v1/conversations/${conversation}`, {}, harness.viewer);
    expect(nextCursor).toBeNull();
    expect(items).toMatchObject([
      { id: first.eventId, matchedCount: 0, deliveries: [], leftOut: [] },
      {
        id: second.eventId,
        event: 'queued',
        deliveries: [
          { id: skipped.id, reason: 'condition is false', attempts: [] },
          {
            id: dead.id,
            attempts: [
              { number: 1, status: 503 },
              { number: 2, status: 500 },
            ],
            deadLetter: { reason: letter.reason, status: 'waiting' },
          },
          { id: replay.id, replayOf: dead.id, attempts: [{ number: 1 }] },
        ],
        leftOut: [{ integrationId: 'integration-9', reason: 'it matched after three integrations had started' }],
      },
    ]);
    expect(JSON.stringify(items)).not.toMatch(/sealed|payload/);
  });

  test('is cut into pages, oldest first, without gaps or repeats', async () => {
    const conversation = `paged ${v4()}`;
    const records = Array.from({ length: 5 }, (_, index) =>
      // Two share a time, so the id decides.
      aRecord(harness.sealer, { conversation, acceptedAt: `2026-11-22T10:00:0${Math.floor(index / 2)}.000Z` }),
    );
    await harness.sendRecords(...records);
    const path = `/v1/conversations/${conversation}`;
    await eventually(
      'all are there',
      async () => (await harness.get('/v1/events', { conversation })).items.length === 5,
    );
    const told: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await harness.get(path, { limit: 2, cursor });
      told.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    }
    const inOrder = [...records].sort((one, other) =>
      `${one.acceptedAt} ${one.eventId}` < `${other.acceptedAt} ${other.eventId}` ? -1 : 1,
    );
    expect(told).toEqual(inOrder.map(({ eventId }) => eventId));
  });

  test('of one that is not known is 404', async () => {
    expect((await harness.viewer.get('/v1/conversations/nobody')).status).toBe(404);
  });
});

describe('S3.6: who reads a payload', () => {
  test('is written down by name, also of the live feed; viewers read none', async () => {
    const record = aRecord(harness.sealer, { deliveries: [aDelivery()] });
    const letter = aDeadLetter(harness.sealer);
    await harness.sendRecords(record);
    await harness.sendDeadLetter(letter);
    const asked = [
      ['event', record.eventId, `/v1/events/${record.eventId}`],
      ['delivery', record.deliveries[0]!.id, `/v1/deliveries/${record.deliveries[0]!.id}`],
      ['dead letter', letter.deliveryId, `/v1/dead-letters/${letter.deliveryId}`],
    ] as const;
    for (const [, , path] of asked) await harness.waitFor(path);
    harness.log.length = 0;
    for (const [, , path] of asked) await harness.get(path, {}, harness.viewer);
    const reads = () => harness.log.map((line) => JSON.parse(line)).filter(({ payloadOf }) => payloadOf);
    expect(reads()).toEqual([]);
    for (const [, , path] of asked) await harness.get(path);
    const abort = new AbortController();
    await harness.operator.get('/v1/live', { responseType: 'stream', signal: abort.signal });
    abort.abort();
    expect(reads()).toMatchObject([
      ...asked.map(([payloadOf, id]) => ({ principal: 'the operator', payloadOf, id })),
      { principal: 'the operator', payloadOf: 'live feed' },
    ]);
  });
});
