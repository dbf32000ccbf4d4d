import { eventually } from '@patchbay/testing';
import { anEvent } from './an-event';
import { deliveriesOf, deliveryWithStatus } from './deliveries';
import { readLedger } from './ledger';
import { System } from './system';

interface ListedDeadLetter {
  deliveryId: string;
  reason: string;
  attemptCount: number;
}

describe('a service that fails', () => {
  let system: System;
  let origin: string;

  beforeAll(async () => {
    // The rungs of the retry ladder are 50 times shorter.
    system = await System.start({ PATCHBAY_TIME_SCALE: '50' });
    origin = await system.customerOrigin();
    await system.disableExamples();
  }, 180_000);

  afterAll(() => system?.stop(), 60_000);

  /** An integration for one queue, calling a path of its own. */
  async function setup(name: string, delivery: object) {
    const id = await system.createIntegration({
      name,
      endpointUrl: `${origin}/events/${name}`,
      events: ['received'],
      queues: [name],
      authentications: [
        { id: 'basic:events', secret: 'listener-demo-password' },
        { id: 'api-key', secret: 'listener-demo-key' },
      ],
      configuration: {
        request: {
          method: 'POST',
          authentication: { type: 'basic' },
          headers: { 'x-api-key': '{authentications.api-key}' },
          body: { event: '{event}', contact: '{contact}' },
        },
      },
      delivery,
    });
    await system.configurationArrived();
    return { id, event: anEvent('received', name), path: `/events/${name}` };
  }

  const fail = async (path: string, times?: number) => {
    const { status } = await system.rest('sandbox').post('/v1/faults', { path, status: 503, times });
    expect(status).toBe(201);
  };

  it('twice is called a third time with the same key and the same bytes, and it succeeds', async () => {
    const { event, path } = await setup('flaky', { profile: 'standard' });
    await fail(path, 2);
    await system.publish(event);
    const wanted = { eventId: event.id, integration: 'flaky', status: 'succeeded' };
    const delivery = await deliveryWithStatus(system, wanted, 60_000);
    expect(delivery.attemptCount).toBe(3);
    const calls = await readLedger(system, path);
    expect(calls.map(({ status }) => status)).toEqual([503, 503, 204]);
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey))).toEqual(new Set([delivery.key]));
    expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
  }, 90_000);

  it('for good becomes a dead letter with its reason; replayed after the repair it is a new delivery that succeeds', async () => {
    const { id, event, path } = await setup('broken', { profile: 'standard', maxAttempts: 3 });
    await fail(path);
    await system.publish(event);
    const wanted = { eventId: event.id, integration: 'broken', status: 'dead' };
    const dead = await deliveryWithStatus(system, wanted, 60_000);
    expect(dead.attemptCount).toBe(3);
    const letter = await eventually('its dead letter', async () => {
      const params = { integration: id };
      type Page = { items: ListedDeadLetter[] };
      const { items } = await system.get<Page>('deliveryLog', '/v1/dead-letters', params);
      return items.find(({ deliveryId }) => deliveryId === dead.id);
    });
    expect(letter.reason).not.toBe('');
    expect(await readLedger(system, path)).toHaveLength(3);

    await system.rest('sandbox').delete('/v1/faults');
    const replay = await system.rest('deliveryLog').post(`/v1/dead-letters/${letter.deliveryId}/replay`, {});
    expect(replay.status).toBe(202);
    const fresh = await deliveryWithStatus(system, { ...wanted, status: 'succeeded' }, 60_000);
    expect(fresh).toMatchObject({ key: dead.key, replayOf: dead.id });
    expect(fresh.id).not.toBe(dead.id);
    const kept = (await deliveriesOf(system, event.id)).find((delivery) => delivery.id === dead.id);
    expect(kept).toMatchObject({ status: 'dead' });
    const keys = (await readLedger(system, path)).map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toEqual([dead.key, dead.key, dead.key, dead.key]);
  }, 120_000);
});
