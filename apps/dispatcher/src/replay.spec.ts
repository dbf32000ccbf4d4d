import {
  exchangeNames,
  jobRoutingKey,
  laneOf,
  messageTypes,
  type DeliveryRecord,
  type JobMessage,
  type ReplayOrder,
} from '@patchbay/contracts';
import type { Integration, LifecycleEvent } from '@patchbay/edi';
import { publishUntilConfirmed } from '@patchbay/messaging';
import { seal } from '@patchbay/secrets';
import { eventually } from '@patchbay/testing';
import { randomUUID } from 'node:crypto';
import { v5 } from 'uuid';
import { anEvent, cleanUp, json, lanes, post, setup, type Spec } from './dispatcher.suite';

jest.setTimeout(60_000);
afterEach(cleanUp);

/** Orders a replay as delivery-log does, `times` over. */
async function replay(
  { ring, publisher, records }: Spec,
  event: LifecycleEvent,
  change: Partial<ReplayOrder> = {},
  times = 1,
): Promise<ReplayOrder> {
  const now = new Date().toISOString();
  const replayId = randomUUID();
  const integrationId = records[0]!.id;
  const order: ReplayOrder = { replayId, replayOf: randomUUID(), integrationId, event, acceptedAt: now, ...change };
  const job: JobMessage = {
    id: order.replayId,
    kind: 'replay',
    conversation: event.contact.guid,
    acceptedAt: now,
    due: now,
    sealed: seal(ring, JSON.stringify(order), `job:${order.replayId}`),
  };
  for (let sent = 0; sent < times; sent++) {
    await publishUntilConfirmed(publisher, {
      exchange: exchangeNames.events,
      routingKey: jobRoutingKey(laneOf(event.contact.guid, lanes)),
      body: JSON.stringify(job),
      messageId: job.id,
      type: messageTypes.job,
    });
  }
  return order;
}

const endOf = ({ outcomes }: Spec, { replayId }: ReplayOrder): Promise<DeliveryRecord> =>
  eventually('the replay ends', () =>
    outcomes
      .flatMap(({ deliveries }) => deliveries)
      .find((delivery) => delivery.replayId === replayId && delivery.status !== 'retrying'),
  );

/** The integration of a spec as an earlier version of it was. */
function earlier({ records, endpoint }: Spec, change: Partial<Integration>): Integration {
  const record = { ...records[0]!, authentications: [], version: 1, endpointUrl: `${endpoint.origin}/then` };
  return { ...record, ...change } as never;
}

const yesterday = () => new Date(Date.now() - 24 * 3_600_000).toISOString();

describe('a replay', () => {
  it('F16, R1.42: ordered three times over is called once', async () => {
    const spec = await setup([post()]);
    const order = await replay(spec, anEvent({}), {}, 3);
    await endOf(spec, order);
    // The conversation is in order: when the next is done, the repeats are too.
    const last = await spec.send({ ...order.event.contact });
    await spec.ended(last, 1);
    expect(spec.endpoint.requests.map(({ headers }) => headers['patchbay-replay'])).toEqual([
      order.replayId,
      undefined,
    ]);
  });

  it('F16: a day later makes its call and saves, and its stale set is refused', async () => {
    const spec = await setup([post({ set: { priority: 5 }, save: { name: 'Ada' } })], { '/0': json({}) });
    const event = anEvent({});
    const order = await replay(spec, { ...event, event: { ...event.event, datetime: yesterday() } });
    const delivery = await endOf(spec, order);
    expect(delivery).toMatchObject({ status: 'succeeded', setNames: [], saveKeys: ['name'] });
    expect(delivery.notDone).toEqual([{ name: 'priority', reason: expect.stringContaining('stale') }]);
    await eventually('the save', () => spec.saves.length === 1);
    expect(spec.saves[0]).toMatchObject({ save: { name: 'Ada' } });
    expect(spec.results).toEqual([]);
  });

  it('of an event dated in the future is as stale as the time it was accepted', async () => {
    const spec = await setup([post({ set: { priority: 5 } })], { '/0': json({}) });
    const event = anEvent({});
    const dated = { ...event, event: { ...event.event, datetime: '2999-01-01T00:00:00Z' } };
    const delivery = await endOf(spec, await replay(spec, dated, { eventAcceptedAt: yesterday() }));
    expect(delivery.notDone).toEqual([{ name: 'priority', reason: expect.stringContaining('stale') }]);
  });

  it('that fails is retried as the same delivery, attempt after attempt, until it is dead', async () => {
    const spec = await setup([{ ...post(), delivery: { profile: 'standard', maxAttempts: 4 } }], {
      '/0': { status: 503 },
    });
    const delivery = await endOf(spec, await replay(spec, anEvent({})));
    expect(delivery).toMatchObject({ status: 'dead', attemptCount: 4 });
    expect(spec.endpoint.requests.map(({ headers }) => headers['patchbay-attempt'])).toEqual(['1', '2', '3', '4']);
    expect(new Set(spec.endpoint.requests.map(({ headers }) => headers['patchbay-replay'])).size).toBe(1);
    await eventually('one dead letter', () => spec.deadLetters.length === 1);
  });

  it('R1.47: goes out under the key of its order, its retries too', async () => {
    const spec = await setup([{ ...post(), delivery: { profile: 'standard', maxAttempts: 2 } }], {
      '/0': { status: 503 },
    });
    const key = randomUUID();
    const order = await replay(spec, anEvent({}), { key });
    expect(await endOf(spec, order)).toMatchObject({ key, id: v5(order.replayId, key) });
    expect(spec.endpoint.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([key, key]);
  });

  it('as it was then calls as that version did, with the secrets of today, on its retries too', async () => {
    const authentications = [{ id: 'basic:alice', secret: 'of today' }];
    const request = { authentication: { type: 'basic' } };
    const spec = await setup([{ ...post(undefined, request), version: 2, authentications }], {
      '/then': { status: 503 },
    });
    const configuration = { request: { method: 'PUT', body: { was: '{contact.id}' }, ...request } } as const;
    const delivery = { profile: 'standard', maxAttempts: 2 } as const;
    const record = earlier(spec, { name: 'as it was', configuration, delivery });
    const event = anEvent({});
    expect(await endOf(spec, await replay(spec, event, { record }))).toMatchObject({
      status: 'dead',
      attemptCount: 2,
      integrationName: 'as it was',
      integrationVersion: 1,
    });
    expect(spec.endpoint.requests).toHaveLength(2);
    for (const { method, path, body, headers } of spec.endpoint.requests) {
      expect([method, path, body]).toEqual(['PUT', '/then', JSON.stringify({ was: event.contact.id })]);
      expect(headers['authorization']).toBe(`Basic ${Buffer.from('alice:of today').toString('base64')}`);
    }
  });

  it('as it was then is cancelled, saying why, when its integration or a secret it needs is gone', async () => {
    const spec = await setup([post()]);
    const record = earlier(spec, {
      configuration: { request: { method: 'POST', authentication: { type: 'basic' }, body: {} } },
      authentications: ['basic:alice'],
    });
    const withoutSecret = await endOf(spec, await replay(spec, anEvent({}), { record }));
    expect(withoutSecret).toMatchObject({
      status: 'cancelled',
      reason: expect.stringContaining('authentication_missing'),
    });
    const integrationId = randomUUID();
    const gone = await replay(spec, anEvent({}), { integrationId, record: { ...record, id: integrationId } });
    expect(await endOf(spec, gone)).toMatchObject({ status: 'cancelled', reason: 'deleted' });
    expect(spec.endpoint.requests).toEqual([]);
  });

  it('as it was then is cancelled when that version cannot be used any more', async () => {
    const spec = await setup([post()]);
    const record = earlier(spec, { endpointUrl: 'https://[' });
    expect(await endOf(spec, await replay(spec, anEvent({}), { record }))).toMatchObject({
      status: 'cancelled',
      reason: expect.stringContaining('version_unusable: endpointUrl'),
    });
  });

  it('as it was then says nothing of the integration of today when its service is gone for good', async () => {
    const spec = await setup([post()], { '/then': { status: 410 }, '/0': json({}) });
    const record = earlier(spec, {});
    expect(await endOf(spec, await replay(spec, anEvent({}), { record }))).toMatchObject({ failureClass: 'http_410' });
    const event = await spec.send();
    expect(await spec.ended(event, 1)).toMatchObject([{ status: 'succeeded' }]);
    expect(spec.operatorEvents).toEqual([]);
  });
});
