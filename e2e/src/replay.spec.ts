import { eventually } from '@patchbay/testing';
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { anEvent, type SentEvent } from './an-event';
import { deliveryWithStatus } from './deliveries';
import { readLedger } from './ledger';
import { canFindProcesses, findService, startAgain } from './service-process';
import { System } from './system';

interface Operation {
  id: string;
  state: string;
  found: number;
  sample: Record<string, unknown>[];
  progress: Record<'total' | 'published' | 'succeeded' | 'failed' | 'skipped' | 'underway' | 'remaining', number>;
}

describe('the replay of what has failed', () => {
  const restarted: ChildProcess[] = [];
  let system: System;
  let origin: string;

  beforeAll(async () => {
    system = await System.start({ PATCHBAY_TIME_SCALE: '50' });
    origin = await system.customerOrigin();
    await system.disableExamples();
  }, 180_000);

  afterAll(async () => {
    // The launcher knows nothing of these.
    for (const child of restarted.filter(({ exitCode }) => exitCode === null)) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await system?.stop();
  }, 60_000);

  /** An integration whose calls all end dead at once, as long as the fault is there. */
  async function setup(name: string) {
    const path = `/events/${name}`;
    const id = await system.createIntegration({
      name,
      endpointUrl: origin + path,
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
    });
    await system.configurationArrived();
    expect((await system.rest('sandbox').post('/v1/faults', { path, status: 400 })).status).toBe(201);
    return { id, path, event: () => anEvent('received', name) };
  }

  const repair = () => system.rest('sandbox').delete('/v1/faults');

  /** Publishes the events and waits until each has a dead delivery of the integration. */
  async function letDie(integrationId: string, events: SentEvent[]): Promise<void> {
    await Promise.all(events.map((event) => system.publish(event)));
    type Summary = { items: { integrationId: string; status: string; count: number }[] };
    await eventually(
      `${events.length} dead deliveries`,
      async () => {
        const { items } = await system.get<Summary>('deliveryLog', '/v1/summary');
        const dead = items.find((item) => item.integrationId === integrationId && item.status === 'dead');
        return dead?.count === events.length;
      },
      60_000,
    );
  }

  const post = async (path: string, body: object = {}): Promise<Operation> => {
    const { status, data } = await system.rest('deliveryLog').post(path, body);
    expect([status < 300, data]).toEqual([true, expect.anything()]);
    return data;
  };
  const reaches = (id: string, what: string, holds: (operation: Operation) => boolean) =>
    eventually(
      `the replay ${what}`,
      async () => {
        const operation = await system.get<Operation>('deliveryLog', `/v1/replays/${id}`);
        if (!holds(operation)) throw new Error(JSON.stringify(operation));
        return operation;
      },
      60_000,
    );

  it('S3.16, R1.47: of 500 dead deliveries, paused, resumed and killed on its way, calls for each exactly once more', async () => {
    const { id: integration, path, event } = await setup('many');
    const events = Array.from({ length: 500 }, event);
    await letDie(integration, events);
    await repair();
    const filter = { integration, status: 'dead' };
    const { id, found, sample } = await post('/v1/replays', { filter, ratePerSecond: 150 });
    expect(found).toBe(500);
    expect(sample[0]).toMatchObject({ withVersion: 1, setStale: false, request: { method: 'POST' } });
    const first = await readLedger(system, path);
    expect(first).toHaveLength(500);

    await post(`/v1/replays/${id}/start`);
    await reaches(id, 'has begun', ({ progress }) => progress.published >= 100);
    const { progress } = await post(`/v1/replays/${id}/pause`);
    expect(progress.published).toBeLessThan(500);
    await reaches(id, 'has ended what it sent', (one) => one.progress.succeeded === progress.published);
    expect(await readLedger(system, path)).toHaveLength(500 + progress.published);

    await post(`/v1/replays/${id}/resume`);
    if (canFindProcesses) {
      await reaches(id, 'goes on', (one) => one.progress.published > progress.published);
      const service = findService('delivery-log', system.ready.stateFolder);
      process.kill(service.pid, 'SIGKILL');
      restarted.push(await startAgain(service));
    }
    await reaches(id, 'is done', ({ state, progress: { succeeded } }) => state === 'done' && succeeded === 500);

    const replayed = (await readLedger(system, path)).slice(500);
    expect(replayed).toHaveLength(500);
    const keysOf = (entries: typeof first) => new Set(entries.map(({ idempotencyKey }) => idempotencyKey));
    expect(keysOf(replayed).size).toBe(500);
    expect(keysOf(replayed)).toEqual(keysOf(first));
    expect(first.filter(({ headers }) => 'patchbay-replay' in headers)).toEqual([]);
    expect(new Set(replayed.map(({ headers }) => headers['patchbay-replay'])).size).toBe(500);
    const again = await post('/v1/replays', { filter, dryRun: true });
    expect(again).toMatchObject({ found: 500, alreadyReplayed: 500, sample: [] });
  }, 240_000);

  it('as it was then calls what the version of the time called, after the integration has changed', async () => {
    const { id: integration, path, event } = await setup('then');
    const sent = event();
    await letDie(integration, [sent]);
    await repair();
    const change = { endpointUrl: `${origin}/events/elsewhere` };
    const headers = { 'If-Match': '"1"' };
    const changed = await system.rest('configService').patch(`/v1/integrations/${integration}`, change, { headers });
    expect(changed.status).toBe(200);
    await system.configurationArrived();
    const filter = { integration, status: 'dead' };
    const { id, sample } = await post('/v1/replays', { filter, configuration: 'then', keys: 'new' });
    expect(sample).toMatchObject([{ withVersion: 1, request: { method: 'POST', url: origin + path } }]);
    await post(`/v1/replays/${id}/start`);
    const wanted = { eventId: sent.id, integration: 'then', status: 'succeeded' };
    expect(await deliveryWithStatus(system, wanted)).toMatchObject({ integrationVersion: 1, url: origin + path });
    const [first, second] = await readLedger(system, path);
    expect(second!.body).toBe(first!.body);
    expect(second!.idempotencyKey).not.toBe(first!.idempotencyKey);
    expect(await readLedger(system, '/events/elsewhere')).toEqual([]);
  }, 60_000);
});
