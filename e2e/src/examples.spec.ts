import type { ResultMessage } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SentEvent } from './an-event';
import { deliveryWithStatus, type ListedDelivery } from './deliveries';
import { root } from './launcher';
import { readLedger, type LedgerEntry } from './ledger';
import { openResultInbox, type ResultInbox } from './result-inbox';
import { System } from './system';

const folder = join(root, 'examples');
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

interface SentRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: unknown;
}

interface Expected {
  /** null: nobody is called. */
  request: SentRequest | null;
  answer: { status: number };
  result: { set?: object; save?: object } | null;
}

/** An example, its event happening now: what is set for an old event is not published. */
function readExample(name: string, now: string) {
  const read = (file: string) => readFileSync(join(folder, name, file), 'utf8');
  const written = (JSON.parse(read('event.json')) as SentEvent).event.datetime;
  const current = (text: string) => JSON.parse(text.replaceAll(written, now)) as unknown;
  const integration = JSON.parse(read('integration.json')) as { name: string };
  return {
    integrationName: integration.name,
    event: current(read('event.json')) as SentEvent,
    expected: current(read('expected.json')) as Expected,
  };
}

/** The request in the form of expected.json; the ledger tells of credentials only that they were given. */
function requestOf(entry: LedgerEntry, { headers }: SentRequest) {
  return {
    method: entry.method,
    pathAndQuery: entry.path + entry.query,
    headers: Object.fromEntries(Object.keys(headers).map((name) => [name, entry.headers[name]])),
    ...(entry.body !== '' && { body: JSON.parse(entry.body) as unknown }),
  };
}

function maskCredentials({ method, url, headers, body }: SentRequest) {
  const { pathname, search } = new URL(url);
  const shown = Object.entries(headers).map(([name, value]) => [
    name,
    ['authorization', 'x-api-key'].includes(name) ? '(given)' : value,
  ]);
  return {
    method,
    pathAndQuery: pathname + search,
    headers: Object.fromEntries(shown),
    ...(body !== undefined && { body }),
  };
}

describe('the worked examples', () => {
  const examples = names.map((name) => ({ name, ...readExample(name, new Date().toISOString()) }));
  const deliveries = new Map<string, ListedDelivery>();
  let system: System;
  let inbox: ResultInbox;
  let ledger: LedgerEntry[];

  const from = (results: ResultMessage[], name: string, eventId: string) =>
    results.filter(({ integration, event }) => integration.name === name && event.id === eventId);

  beforeAll(async () => {
    system = await System.start();
    inbox = openResultInbox(system.messaging);
    await system.configurationArrived();
    for (const { event } of examples) await system.publish(event);
    for (const { name, integrationName, event } of examples) {
      const wanted = { eventId: event.id, integration: integrationName, status: 'succeeded' };
      deliveries.set(name, await deliveryWithStatus(system, wanted));
    }
    // The customer's data also comes with the other example's arriving call.
    await eventually('5 results for routing and 5 for the agents', () => {
      return inbox.routing.length >= 5 && inbox.agentDisplay.length >= 5;
    });
    ledger = await readLedger(system, '');
  }, 180_000);

  afterAll(() => system?.stop(), 60_000);

  describe.each(examples)('$name', ({ name, integrationName, event, expected }) => {
    it('calls the service exactly once, as expected', () => {
      const calls = ledger.filter(({ idempotencyKey }) => idempotencyKey === deliveries.get(name)!.key);
      const { request } = expected;
      expect(calls.map((call) => request && requestOf(call, request))).toEqual(
        request ? [maskCredentials(request)] : [],
      );
      expect(calls.map(({ status }) => status)).toEqual(request ? [expected.answer.status] : []);
    });

    it('gives routing exactly what is set', () => {
      const results = from(inbox.routing, integrationName, event.id).map(({ set }) => set);
      expect(results).toEqual(expected.result?.set ? [expected.result.set] : []);
    });

    it('gives the agent display exactly what is saved', () => {
      const results = from(inbox.agentDisplay, integrationName, event.id).map(({ save }) => save);
      expect(results).toEqual(expected.result?.save ? [expected.result.save] : []);
    });
  });

  it('nothing else reached routing or the agent display', () => {
    expect([inbox.routing.length, inbox.agentDisplay.length]).toEqual([5, 5]);
  });
});
