import { exchangeNames, queueNames } from '@patchbay/contracts';
import { connect } from 'amqplib';
import { randomUUID } from 'node:crypto';
import type { SentEvent } from '../src/an-event';
import { eventually } from '@patchbay/testing';
import { FaultSystem } from './rig/fault-system';
import { malformedMessages, oddMessages } from './rig/malformed';

let system: FaultSystem;

beforeAll(async () => void (system = await FaultSystem.start()), 180_000);
afterAll(() => system?.stop(), 60_000);

const callsOf = (ids: string[]) => system.endpoint.calls.filter(({ event }) => ids.includes(event));

describe('the same event again', () => {
  /** Fresh events, not sent yet. */
  const fresh = (count: number): (SentEvent & { turn: number })[] =>
    Array.from({ length: count }, () => system.load.event(randomUUID()));

  it('F16 R1.42 three times over, in another order each time, is called once', async () => {
    const events = fresh(100);
    await Promise.all(events.map((event) => system.load.publish(event)));
    await Promise.all([...events].reverse().map((event) => system.load.publish(event)));
    await Promise.all(events.map((event) => system.load.publish(event)));
    const row = await system.verdict('F16 three times');
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
    expect(callsOf(events.map(({ id }) => id))).toHaveLength(2 * events.length);
    const { duplicatesSuppressed } = await system.dispatcher.info<{ duplicatesSuppressed: number }>();
    expect(duplicatesSuppressed).toBe(2 * events.length);
  }, 180_000);

  it('F16 R1.42 with another body changes nothing: the first wins', async () => {
    const [event] = fresh(1);
    await system.load.publish(event!);
    await system.load.publish({ ...event!, contact: { ...event!.contact, source: '+358409999999' } });
    const row = await system.verdict('F16 other body');
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
    expect(callsOf([event!.id])).toHaveLength(2);
  }, 180_000);

  it('F16 R1.42 after everything was started anew goes out under the same key, and the record is as it was', async () => {
    const events = fresh(20);
    await Promise.all(events.map((event) => system.load.publish(event)));
    await system.verdict('F16 before the replay');
    const ids = events.map(({ id }) => id);
    const record = () => system.database.query('select * from deliveries where event_id = any($1) order by id', [ids]);
    const before = await record();
    await system.dispatcher.stop();
    await system.dispatcher.start();
    await Promise.all(events.map((event) => system.load.publish(event)));
    await eventually('they are called again', () => callsOf(ids).length === 4 * events.length, 30_000);
    const row = await system.verdict('F16 replayed later');
    expect(row.violations).toEqual([]);
    expect(new Set(callsOf(ids).map(({ key }) => key)).size).toBe(2 * events.length);
    expect(await record()).toEqual(before);
  }, 180_000);
});

describe('T4.M messages that no publisher of ours would send', () => {
  let rejected = 0;

  async function send(body: Buffer, properties: object): Promise<void> {
    const model = await connect(system.broker.amqpUrl);
    model.on('error', () => undefined);
    const channel = await model.createConfirmChannel();
    channel.publish(exchangeNames.intake, 'conversation.any', body, properties);
    await channel.waitForConfirms();
    await model.close();
  }

  /** How many inputs lie in the record of what was rejected. */
  async function countRejected(): Promise<number> {
    const [row] = await system.database.query<{ count: string }>('select count(*) as count from rejected');
    return Number(row!.count);
  }

  async function expectNextPasses(): Promise<void> {
    const [sent] = await system.load.burst(1, 1);
    await eventually('the next good event is called', () => callsOf([sent!.id]).length === 2, 20_000);
  }

  it.each(malformedMessages)(
    'R1.18 %s: is set aside with its reason, and the next event passes',
    async (_, body, properties = {}) => {
      await send(body, { contentType: 'application/json', messageId: randomUUID(), ...properties });
      rejected += 1;
      await eventually('it is set aside', async () => (await countRejected()) === rejected, 20_000);
      await expectNextPasses();
    },
    60_000,
  );

  it.each(oddMessages)(
    'R1.19 %s: is accepted all the same, and nothing odd goes on',
    async (_, change) => {
      const event = system.load.event(randomUUID());
      const { turn, ...body } = event;
      const sent = { id: event.id, conversation: event.contact.id, turn, at: Date.now(), outcome: 'accepted' as const };
      const { properties = {}, body: bytes = Buffer.from(JSON.stringify(body)) } = change(body);
      system.load.sent.push(sent);
      await send(bytes, { contentType: 'application/json', messageId: event.id, deliveryMode: 2, ...properties });
      await eventually('it is called', () => callsOf([event.id]).length === 2, 20_000);
      await expectNextPasses();
    },
    60_000,
  );

  it('leave the services as they were', async () => {
    const row = await system.verdict('T4.M malformed', { expectedRejected: rejected });
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
    expect(system.eventIngest.crashes).toBe(0);
    expect(await system.broker.depth(queueNames.poison)).toBe(0);
  }, 120_000);
});
