import { eventually } from '@patchbay/testing';
import { anEvent, type SentEvent } from './an-event';
import { startLastingSandbox, type LastingSandbox } from './lasting-sandbox';
import { System } from './system';

const path = '/events/restart';
const conversations = 150;
const lifecycle = ['received', 'queued', 'allocated', 'accepted', 'ended', 'closed'];
/** So many calls fail, so that retries wait in the ladder across the restart. */
const failing = 60;
/** Retries go faster. */
const env = { PATCHBAY_TIME_SCALE: '5' };

describe('Ctrl-C under load and a new start', () => {
  let system: System;
  let sandbox: LastingSandbox;
  let integrationId: string;

  beforeAll(async () => {
    system = await System.start(env);
    sandbox = await startLastingSandbox(system.ready, env);
    await system.disableExamples();
    integrationId = await system.createIntegration({
      name: 'listener',
      endpointUrl: sandbox.origin + path,
      events: lifecycle,
      queues: ['unattended'],
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
      delivery: { profile: 'standard' },
    });
    await system.configurationArrived();
  }, 180_000);

  afterAll(async () => {
    await sandbox?.stop();
    await system?.stop();
  }, 90_000);

  async function countDeliveries(): Promise<Record<string, number>> {
    type Summary = { items: { integrationId: string; status: string; count: number }[] };
    const { items } = await system.get<Summary>('deliveryLog', '/v1/summary');
    const own = items.filter((item) => item.integrationId === integrationId);
    return Object.fromEntries(own.map(({ status, count }) => [status, count]));
  }

  it('lose nothing: every event that the broker took is delivered to its end, once', async () => {
    const calls = Array.from({ length: conversations }, (_, index) => ({ id: `call-${index}`, guid: `call-${index}` }));
    const events = lifecycle.flatMap((name) => calls.map((contact) => anEvent(name, 'unattended', contact)));
    const third = Math.floor(events.length / 3);
    await sandbox.fail(path, failing);
    await publish(events.slice(0, third));
    const restarted = system.restart();
    await publish(events.slice(third));
    await restarted;
    await eventually(
      'all events are delivered',
      async () => {
        const counts = await countDeliveries();
        if (counts['succeeded'] !== events.length) throw new Error(`of ${events.length}: ${JSON.stringify(counts)}`);
        return true;
      },
      120_000,
    );
    expect(await countDeliveries()).toEqual({ succeeded: events.length });
    const entries = await sandbox.readLedger(path);
    const answered = entries.filter(({ status }) => status === 204);
    const told = answered.map(({ body }) => body);
    expect([answered.length, new Set(told).size]).toEqual([events.length, events.length]);
    expect(new Set(answered.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(events.length);
    expect(entries.length - answered.length).toBe(failing);
  }, 300_000);

  async function publish(events: SentEvent[]): Promise<void> {
    await Promise.all(events.map((event) => system.publish(event)));
  }
});
