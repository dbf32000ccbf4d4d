import { eventually } from '@patchbay/testing';
import { anEvent } from './an-event';
import { deliveryWithStatus } from './deliveries';
import { System } from './system';

interface ListedRejection {
  id: string;
  source: string;
  reason: string;
  faults: { path: string; code: string; message: string }[];
}

const listener = 'Example 2: listener';
const good = () => anEvent('received', 'support');
const changed = (change: (event: ReturnType<typeof good>) => void) => {
  const event = good();
  change(event);
  return JSON.stringify(event);
};

/** A body that is refused, and the paths that its faults name. */
const bad: [what: string, body: string, paths: string[]][] = [
  ['no JSON', '{"event":', ['']],
  ['no object', '[]', ['']],
  ['nothing in it', '{}', ['contact', 'event']],
  ['an unknown event', changed(({ event }) => (event.name = 'exploded')), ['event.name']],
  ['a time without zone', changed(({ event }) => (event.datetime = '2026-11-22T08:44:44')), ['event.datetime']],
  ['a contact without id', changed(({ contact }) => delete (contact as Partial<typeof contact>).id), ['contact.id']],
  [
    'two faults at once',
    changed(({ contact }) => Object.assign(contact, { channel_type: 'pigeon', priority: 'high' })),
    ['contact.channel_type', 'contact.priority'],
  ],
];

describe('bad input', () => {
  let system: System;

  beforeAll(async () => {
    system = await System.start();
    await system.configurationArrived();
  }, 180_000);

  afterAll(() => system?.stop(), 60_000);

  it('over AMQP is kept as rejected with its reason, and the next good event is processed', async () => {
    const event = good();
    for (const [, body] of bad) await system.publishRaw(body);
    await system.publish(event);
    await deliveryWithStatus(system, { eventId: event.id, integration: listener, status: 'succeeded' });
    const rejected = await eventually('all rejections are recorded', async () => {
      type Page = { items: ListedRejection[] };
      const { items } = await system.get<Page>('deliveryLog', '/v1/rejected', { limit: 100 });
      return items.length >= bad.length && items;
    });
    const told = rejected.map(({ faults }) => [...new Set(faults.map(({ path }) => path))].sort());
    const expected = bad.map(([, , paths]) => paths);
    expect(told.map(String).sort()).toEqual(expected.map(String).sort());
    expect(rejected.every(({ source, reason }) => source === 'amqp' && reason !== '')).toBe(true);
  }, 60_000);

  it.each(bad)('over HTTP gets 400 naming every fault by path: %s', async (_, body, paths) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await system.rest('eventIngest').post('/v1/events', Buffer.from(body), { headers });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    const told = (answer.data.errors as { path: string }[]).map(({ path }) => path);
    expect([...new Set(told)].sort()).toEqual(paths);
  });

  it('a good event over HTTP is accepted and processed', async () => {
    const event = good();
    const answer = await system.rest('eventIngest').post('/v1/events', event);
    expect([answer.status, answer.data.id]).toEqual([202, event.id]);
    await deliveryWithStatus(system, { eventId: event.id, integration: listener, status: 'succeeded' });
  }, 60_000);

  it('an invalid integration gets 400 with all its faults', async () => {
    const { status, data } = await system.rest('configService').post('/v1/integrations', {
      name: '',
      endpointUrl: 'http://crm.example.com',
      events: ['exploded'],
      configuration: { request: { method: 'FETCH' } },
    });
    expect(status).toBe(400);
    const paths = (data.errors as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['name', 'events[0]', 'configuration.request.method']));
  });

  it.each([
    ['configService', '/v1/integrations'],
    ['deliveryLog', '/v1/deliveries'],
    ['sandbox', '/v1/ledger'],
  ] as const)('without a token, or with a wrong one, %s answers 401', async (service, path) => {
    expect((await system.rest(service, '').get(path)).status).toBe(401);
    expect((await system.rest(service, 'pbt_guess').get(path)).status).toBe(401);
  });

  it('an event without a token gets 401', async () => {
    expect((await system.rest('eventIngest', '').post('/v1/events', good())).status).toBe(401);
  });
});
