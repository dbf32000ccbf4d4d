import type { ResultMessage } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './launcher';
import { countRequests, readLedger, requestsReach } from './ledger';
import { readRecordedDay, type RecordedDay } from './recorded-day';
import { openResultInbox, type ResultInbox } from './result-inbox';
import { System } from './system';

const file = join(root, '../shared/data/bank-calls-one-day.csv');
const day = 24 * 60 * 60;
/** Nothing grows stale, however slow the machine. */
const delivery = { profile: 'standard', setMaxAge: day };

const lifecycleEvents = [
  'received',
  'queued',
  'allocated',
  'accepted',
  'rejected',
  'transferred',
  'forwarded',
  'ended',
  'abandoned',
  'closed',
];

const integrations = {
  listener: {
    path: '/events/real-day',
    events: lifecycleEvents,
    authentications: [
      { id: 'basic:events', secret: 'listener-demo-password' },
      { id: 'api-key', secret: 'listener-demo-key' },
    ],
    request: {
      method: 'POST',
      authentication: { type: 'basic' },
      headers: { 'x-api-key': '{authentications.api-key}' },
      body: { event: '{event}', contact: '{contact}' },
    },
  },
  lookup: {
    path: '/customers/real-day',
    events: ['received'],
    authentications: [{ id: 'basic:patchbay', secret: 'crm-demo-password' }],
    request: { method: 'GET', authentication: { type: 'basic' }, params: { phone: '{contact.source}' } },
    response: { save: { customer: { id: '{response.body.id}', name: '{response.body.properties.lastname}' } } },
  },
  routing: {
    path: '/decisions/real-day',
    events: ['queued'],
    authentications: [{ id: 'api-key', secret: 'routing-demo-key' }],
    request: {
      method: 'POST',
      headers: { 'x-api-key': '{authentications.api-key}' },
      body: { conversation: '{contact.guid}', source: '{contact.source}', queue: '{contact.queue.id}' },
    },
    response: {
      set: { priority: '{response.body.priority}', queue: { id: '{response.body.queue.id}' } },
      save: { team: '{response.body.team}' },
    },
  },
  survey: {
    path: '/invitations/real-day',
    events: ['ended'],
    authentications: [{ id: 'token', secret: 'survey-demo-token' }],
    request: {
      method: 'POST',
      headers: { Authorization: 'Bearer {authentications.token}' },
      body: { address: '{contact.source}', conversation: '{contact.guid}', agent: '{contact.agent.id}' },
    },
  },
} as const;

type Role = keyof typeof integrations;
const roles = Object.keys(integrations) as Role[];

interface Replay {
  status: string;
  calls: number;
  sent: number;
  again: number;
  counts: Record<string, number>;
}

const there = existsSync(file);
if (!there) process.stdout.write(`the real day is not replayed: there is no file ${file}\n`);
const describeWithFile = there ? describe : describe.skip;

describeWithFile('a real day of a call centre (skipped where its file is not there)', () => {
  let system: System;
  let inbox: ResultInbox;
  let expected: RecordedDay;
  let calls: Record<Role, number>;
  let ids: Record<Role, string>;
  let replay: Replay;
  let seconds: number;

  beforeAll(async () => {
    expected = readRecordedDay(file);
    const total = Object.values(expected.counts).reduce((sum, count) => sum + count, 0);
    const { received = 0, queued = 0, ended = 0 } = expected.counts;
    calls = { listener: total, lookup: received, routing: queued, survey: ended };
    system = await System.start();
    await system.disableExamples();
    ids = await createIntegrations();
    await system.configurationArrived();
    inbox = openResultInbox(system.messaging);
    await playDay();
  }, 400_000);

  afterAll(() => system?.stop(), 60_000);

  async function createIntegrations(): Promise<Record<Role, string>> {
    const origin = await system.customerOrigin();
    const created = roles.map(async (role) => {
      const { path, events, authentications, request, ...rest } = integrations[role];
      const configuration = { request, ...('response' in rest && { response: rest.response }) };
      const record = { name: `Real day: ${role}`, endpointUrl: origin + path, events, authentications, configuration };
      return [role, await system.createIntegration({ ...record, queues: ['*'], delivery })] as const;
    });
    return Object.fromEntries(await Promise.all(created)) as Record<Role, string>;
  }

  /** Replays the file as fast as it goes and waits until every expected delivery is recorded. */
  async function playDay(): Promise<void> {
    const started = Date.now();
    const { status } = await system.rest('sandbox').post('/v1/replay', { file, neighbours: false });
    expect(status).toBe(202);
    const deliveries = Object.values(calls).reduce((sum, count) => sum + count, 0);
    await requestsReach(system, deliveries, 300_000);
    await eventually(
      `${deliveries} deliveries are over`,
      async () => Object.values(await readOutcomes()).reduce((sum, { over }) => sum + over, 0) >= deliveries,
      300_000,
    );
    seconds = (Date.now() - started) / 1000;
    replay = await system.get<Replay>('sandbox', '/v1/replay');
    await eventually('all results have arrived', () => {
      return inbox.routing.length >= calls.routing && inbox.agentDisplay.length >= savesExpected();
    });
  }

  const savesExpected = () => expected.known('received') + expected.known('queued');

  /** Deliveries by role: how many are over, and how many of those succeeded. */
  async function readOutcomes(): Promise<Record<Role, { over: number; succeeded: number }>> {
    type Summary = { items: { integrationId: string; status: string; count: number }[] };
    const { items } = await system.get<Summary>('deliveryLog', '/v1/summary');
    const count = (role: Role, counts: (status: string) => boolean) =>
      items
        .filter(({ integrationId, status }) => integrationId === ids[role] && counts(status))
        .reduce((sum, item) => sum + item.count, 0);
    const outcomeOf = (role: Role) => ({
      over: count(role, (status) => status !== 'retrying'),
      succeeded: count(role, (status) => status === 'succeeded'),
    });
    return Object.fromEntries(roles.map((role) => [role, outcomeOf(role)])) as Awaited<ReturnType<typeof readOutcomes>>;
  }

  it('goes in completely, per event name', () => {
    expect(replay).toMatchObject({ status: 'done', calls: 2357, sent: 9707, again: 0, counts: expected.counts });
    expect(expected.counts).toEqual({
      received: 2357,
      queued: 1971,
      allocated: 1511,
      accepted: 1511,
      ended: 1511,
      abandoned: 846,
    });
  });

  it.each(roles)('%s: as many calls as expected reach the service, each with a key of its own', async (role) => {
    const { path } = integrations[role];
    const entries = await readLedger(system, path);
    expect([entries.length, await countRequests(system, path)]).toEqual([calls[role], calls[role]]);
    expect(new Set(entries.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(calls[role]);
  });

  it.each(roles)('%s: every delivery has one outcome, success', async (role) => {
    expect((await readOutcomes())[role]).toEqual({ over: calls[role], succeeded: calls[role] });
  });

  it('nothing was rejected and nothing died', async () => {
    const [rejected, dead] = await Promise.all(
      ['/v1/rejected', '/v1/dead-letters'].map((path) => system.get<{ items: unknown[] }>('deliveryLog', path)),
    );
    expect([rejected!.items, dead!.items]).toEqual([[], []]);
  });

  it('routing got one priority for every queued call, and no queue: those are queued already', () => {
    expect(new Set(inbox.routing.map(({ id }) => id)).size).toBe(calls.routing);
    expect(inbox.routing.length).toBe(calls.routing);
    const set = inbox.routing.map((result) => Object.keys(result.set ?? {}).join());
    expect([...new Set(set)]).toEqual(['priority']);
    expect(inbox.routing.every(({ integration }) => integration.id === ids.routing)).toBe(true);
  });

  it('the agent display got the customer of every known caller, and the team of every known one that queued', () => {
    const from = (role: Role) => inbox.agentDisplay.filter(({ integration }) => integration.id === ids[role]);
    const keys = (results: ResultMessage[]) => [...new Set(results.flatMap(({ save = {} }) => Object.keys(save)))];
    expect(inbox.agentDisplay.length).toBe(savesExpected());
    expect(new Set(inbox.agentDisplay.map(({ id }) => id)).size).toBe(savesExpected());
    expect([from('lookup').length, keys(from('lookup'))]).toEqual([expected.known('received'), ['customer']]);
    expect([from('routing').length, keys(from('routing'))]).toEqual([expected.known('queued'), ['team']]);
  });

  it('the listener saw the events of every call in the order of its life', async () => {
    const seen = new Map<string, string[]>();
    for (const { body } of await readLedger(system, integrations.listener.path)) {
      const { event, contact } = JSON.parse(body) as { event: { name: string }; contact: { guid: string } };
      seen.set(contact.guid, [...(seen.get(contact.guid) ?? []), event.name]);
    }
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected.lifecycles));
  });

  it('prints the table', async () => {
    const outcomes = await readOutcomes();
    const eventRows = Object.entries(expected.counts).map(([name, count]) =>
      row(name, count, replay.counts[name] ?? 0),
    );
    const roleRows = await Promise.all(
      roles.map(async (role) =>
        row(role, calls[role], await countRequests(system, integrations[role].path), outcomes[role].succeeded),
      ),
    );
    const results = [
      row('routing', calls.routing, inbox.routing.length),
      row('agent display', savesExpected(), inbox.agentDisplay.length),
    ];
    const table = [
      `a real day: ${replay.calls} calls, ${replay.sent} events, ${seconds.toFixed(1)} s until the last outcome, ` +
        `${Math.round(replay.sent / seconds)} events/s`,
      row('event', 'expected', 'published'),
      ...eventRows,
      row('integration', 'expected', 'called', 'succeeded'),
      ...roleRows,
      row('results', 'expected', 'arrived'),
      ...results,
    ];
    process.stdout.write(`${table.join('\n')}\n`);
    expect(seconds).toBeGreaterThan(0);
  });
});

function row(name: string, ...cells: (string | number)[]): string {
  return `  ${name.padEnd(14)}${cells.map((cell) => String(cell).padStart(11)).join('')}`;
}
