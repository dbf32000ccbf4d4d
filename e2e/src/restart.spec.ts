import { eventually } from '@patchbay/testing';
import { anEvent, type SentEvent } from './an-event';
import { System } from './system';

const listener = 'Example 2: listener';
const conversations = 150;
const lifecycle = ['received', 'queued', 'allocated', 'accepted', 'ended', 'closed'];

interface DeliveryPage {
  items: { eventId: string; integration: string; status: string }[];
  nextCursor?: string | null;
}

describe('Ctrl-C under load and a new start', () => {
  let system: System;

  beforeAll(async () => {
    // Retries go faster, but not so fast that a slow restart uses up their attempts.
    system = await System.start({ PATCHBAY_TIME_SCALE: '5' });
    await system.configurationArrived();
  }, 180_000);

  afterAll(() => system?.stop(), 60_000);

  /** Every delivery that is recorded. */
  async function readDeliveries(): Promise<DeliveryPage['items']> {
    const all: DeliveryPage['items'] = [];
    let cursor: string | undefined;
    do {
      const page: DeliveryPage = await system.get('deliveryLog', '/v1/deliveries', { limit: 200, cursor });
      all.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  }

  it('lose nothing: every event that the broker took is delivered to its end, once', async () => {
    const calls = Array.from({ length: conversations }, (_, index) => ({ id: `call-${index}`, guid: `call-${index}` }));
    const events = lifecycle.flatMap((name) => calls.map((contact) => anEvent(name, 'unattended', contact)));
    const third = Math.floor(events.length / 3);
    await publish(events.slice(0, third));
    const restarted = system.restart();
    await publish(events.slice(third));
    await restarted;
    const delivered = await eventually(
      'all events are delivered',
      async () => {
        const deliveries = (await readDeliveries()).filter(({ integration }) => integration === listener);
        const byEvent = new Map(deliveries.map((delivery) => [delivery.eventId, delivery]));
        const open = events.filter(({ id }) => byEvent.get(id)?.status !== 'succeeded');
        const shown = open.slice(0, 3).map(({ id, event }) => JSON.stringify(byEvent.get(id) ?? `${event.name} ${id}`));
        if (open.length > 0) throw new Error(`${open.length} are not, such as ${shown.join(', ')}`);
        return deliveries;
      },
      180_000,
    );
    expect(delivered.map(({ eventId }) => eventId).sort()).toEqual(events.map(({ id }) => id).sort());
    expect(delivered.every(({ status }) => status === 'succeeded')).toBe(true);
  }, 300_000);

  async function publish(events: SentEvent[]): Promise<void> {
    await Promise.all(events.map((event) => system.publish(event)));
  }
});
