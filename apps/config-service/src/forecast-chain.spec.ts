import { compileIntegration, type Integration, type LifecycleEvent, normaliseEvent } from '@patchbay/edi';
import { forecastChain } from './forecast-chain';

const moment = () => ({ now: Date.parse('2026-01-02T03:04:05Z'), random: 0.5 });
const save = { save: { tier: '{response.body.tier}' } };
const onSaved = "contact.attached_data.tier == 'gold'";

interface Wish {
  ordinal?: number;
  events?: string[];
  condition?: string;
  response?: object;
  request?: object;
}

function anIntegration(id: string, wish: Wish = {}) {
  const { ordinal = 1, events = ['queued'], condition = '', response = {}, request = {} } = wish;
  const record = {
    id,
    name: `name of ${id}`,
    description: '',
    channel: 'multi',
    ordinal,
    direction: 'both',
    events,
    direct: { calls: false, chats: false },
    queues: ['*'],
    authentications: [],
    delivery: {},
    suspended: null,
    version: 1,
    createdAt: '2026-01-01T00:00:00Z',
    endpointUrl: 'https://a.example.com/',
    configuration: { request: { method: 'GET', condition, ...request }, response },
  } as Integration;
  const compiled = compileIntegration(record, { faults: [], warnings: [] });
  if (!compiled) throw new Error(`${id} has faults`);
  return compiled;
}

function forecast(...integrations: ReturnType<typeof anIntegration>[]) {
  return forecastChain(anEvent(), integrations, moment);
}

function anEvent(contact: object = {}): LifecycleEvent {
  const queue = { id: 'q1' };
  const own = { id: 'c', channel_type: 'phone', direction: 'inbound', queue, attached_data: { vip: true } };
  const event = { name: 'queued', datetime: '2026-01-02T03:04:05Z' };
  return normaliseEvent({ id: 'e', event, contact: { ...own, ...contact } }, String);
}

const places = (links: ReturnType<typeof forecast>) => links.map(({ id, startsAs }) => `${id} ${startsAs}`);

it('three start in the order of their ordinals, the rest is left out', () => {
  const links = forecast(...['d', 'c', 'b', 'a'].map((id, at) => anIntegration(id, { ordinal: 4 - at })));
  expect(places(links)).toEqual(['a 1', 'b 2', 'c 3', 'd left out']);
  expect(links[0]).toEqual({
    id: 'a',
    name: 'name of a',
    ordinal: 1,
    role: 'listener',
    startsAs: 1,
    needsSavedData: false,
    certain: true,
  });
});

it('what does not match has no place', () => {
  expect(places(forecast(anIntegration('a', { events: ['ended'] }), anIntegration('b')))).toEqual(['b 1']);
});

it('a condition that is false, or fails, takes no place', () => {
  const links = forecast(
    anIntegration('a', { condition: 'contact.attached_data.vip == false' }),
    anIntegration('b', { condition: 'int(contact.id) == 1' }),
    anIntegration('c', { condition: 'contact.attached_data.vip' }),
  );
  expect(places(links)).toEqual(['a skipped', 'b skipped', 'c 1']);
  expect(links.map(({ condition }) => condition)).toEqual([
    { holds: false },
    { error: expect.any(String) },
    { holds: true },
  ]);
  expect(links.every(({ certain, needsSavedData }) => certain && !needsSavedData)).toBe(true);
});

it('a condition on what an earlier one may save is taken to hold, and nothing is sure from there', () => {
  const links = forecast(
    anIntegration('a', { response: save }),
    anIntegration('b', { condition: onSaved }),
    anIntegration('c'),
    anIntegration('d'),
  );
  expect(places(links)).toEqual(['a 1', 'b 2', 'c 3', 'd left out']);
  expect(links.map(({ certain, needsSavedData }) => [certain, needsSavedData])).toEqual([
    [true, false],
    [false, true],
    [false, false],
    [false, false],
  ]);
  expect(links[1]!.condition).toEqual({ holds: false });
});

it.each<[string, Wish]>([
  ['none before it saves', {}],
  ['the one before it saves, but is delayed and not waited for', { response: save, request: { delay: 5 } }],
  ['the one before it saves, but is skipped', { response: save, condition: 'false' }],
])('a condition on attached data is sure when %s', (_, before) => {
  const links = forecast(anIntegration('a', before), anIntegration('b', { condition: onSaved }));
  expect(links[1]).toMatchObject({ startsAs: 'skipped', needsSavedData: false, certain: true });
});

it.each([
  ["contact['attached_data'].tier == 'gold'", true],
  ['size(contact) > 3', true],
  ["contact.source == ''", false],
  ["contact . channel_type == 'phone' && event.name == 'queued'", false],
])('the condition %s may read saved data: %s', (condition, expected) => {
  const links = forecast(anIntegration('a', { response: save }), anIntegration('b', { condition }));
  expect(links[1]!.needsSavedData).toBe(expected);
});

it('a condition of one that is left out is never asked', () => {
  const three = ['a', 'b', 'c'].map((id) => anIntegration(id));
  const links = forecast(...three, anIntegration('d', { condition: 'false' }));
  expect(links[3]).toMatchObject({ startsAs: 'left out' });
  expect(links[3]).not.toHaveProperty('condition');
});
