import { queueNames, type JobMessage, type ReplayOrder } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { v5 } from 'uuid';
import { aDeadLetter, aDelivery, anEvent, aRecord } from '../a-record.builder';
import { startHarness, type Harness } from '../delivery-log.suite';
import { replayIdOf } from '../replays/operation';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close(), 60_000);

describe('a dead letter', () => {
  const sent = async () => {
    const letter = aDeadLetter(harness.sealer);
    await harness.sendDeadLetter(letter);
    await harness.waitFor(`/v1/dead-letters/${letter.deliveryId}`);
    return letter;
  };

  test('is listed with its reason, and shows its event to operators only', async () => {
    const letter = await sent();
    const { items } = await harness.get(
      '/v1/dead-letters',
      { conversation: letter.conversation, status: 'waiting' },
      harness.viewer,
    );
    expect(items).toMatchObject([
      { deliveryId: letter.deliveryId, reason: letter.reason, stage: 'call', attemptCount: 5 },
    ]);
    expect(await harness.get(`/v1/dead-letters/${letter.deliveryId}`)).toMatchObject({
      payload: { id: letter.eventId },
    });
    const seen = await harness.get(`/v1/dead-letters/${letter.deliveryId}`, {}, harness.viewer);
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['payload']));
    expect(seen.sealed).toBeUndefined();
  });

  test('is replayed by operators, as one job in its lane, however many ask', async () => {
    const letter = await sent();
    const jobs = [harness.take(queueNames.lane(0)), harness.take(queueNames.lane(1))];
    const path = `/v1/dead-letters/${letter.deliveryId}/replay`;
    expect((await harness.viewer.post(path)).status).toBe(403);
    const answers = await Promise.all([1, 2, 3].map(() => harness.operator.post(path)));
    const again = await harness.operator.post(path, undefined, { headers: { 'Idempotency-Key': 'again' } });
    const replayId = replayIdOf(v5('replay', letter.deliveryId), letter.deliveryId);
    expect([...answers, again].map(({ status, data }) => [status, data.replayId])).toEqual(
      Array.from({ length: 4 }, () => [202, replayId]),
    );
    const [message] = await eventually('the job is in its lane', () => jobs.flat().length > 0 && jobs.flat());
    const job = JSON.parse(message!.body.toString()) as JobMessage;
    expect(job).toMatchObject({ id: replayId, kind: 'replay', conversation: letter.conversation });
    const order = JSON.parse(harness.sealer.open(job.sealed, `job:${job.id}`)) as ReplayOrder;
    expect(order).toMatchObject({ replayId, replayOf: letter.deliveryId, integrationId: letter.integrationId });
    expect(order.event.id).toBe(letter.eventId);
    expect(await harness.get(`/v1/dead-letters/${letter.deliveryId}`)).toMatchObject({ status: 'replayed', replayId });
    const items = 'select state, replay_id from deliveries.replay_items where delivery_id = $1';
    expect(await harness.query(items, [letter.deliveryId])).toEqual([{ state: 'published', replay_id: replayId }]);
    expect(jobs.flat()).toHaveLength(1);
  });

  test('names the delivery its replay became, once that is recorded', async () => {
    const letter = await sent();
    const { data } = await harness.operator.post(`/v1/dead-letters/${letter.deliveryId}/replay`);
    const delivery = aDelivery({ replayId: data.replayId, replayOf: letter.deliveryId });
    const record = aRecord(harness.sealer, {
      eventId: letter.eventId,
      matchedCount: undefined,
      deliveries: [delivery],
    });
    await harness.sendRecords(record);
    await harness.deliveriesOf(record.conversation, 1);
    expect(await harness.get(`/v1/dead-letters/${letter.deliveryId}`)).toMatchObject({ replayDeliveryId: delivery.id });
    const again = await harness.operator.post(`/v1/dead-letters/${letter.deliveryId}/replay`);
    expect(again.data).toEqual({ replayId: data.replayId, deliveryId: delivery.id });
  });

  test('whose event cannot be opened is not replayed, and says why', async () => {
    const letter = aDeadLetter(harness.sealer, { sealed: harness.sealer.seal(JSON.stringify(anEvent()), 'elsewhere') });
    await harness.sendDeadLetter(letter);
    await harness.waitFor(`/v1/dead-letters/${letter.deliveryId}`);
    const { status, data } = await harness.operator.post(`/v1/dead-letters/${letter.deliveryId}/replay`);
    expect([status, data.title]).toEqual([409, 'Not replayable']);
    expect(await harness.get(`/v1/dead-letters/${letter.deliveryId}`)).toMatchObject({ status: 'waiting' });
  });
});
