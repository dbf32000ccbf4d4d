import { queueNames } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { v4 } from 'uuid';
import { anOperatorEvent } from '../a-record.builder';
import { startHarness, type Harness } from '../delivery-log.suite';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close(), 60_000);

const path = '/v1/operator-events';

const eventsOf = (integration: string, count: number) =>
  eventually(`${count} operator events of ${integration}`, async () => {
    const { items } = await harness.get(path, { integration });
    return items.length === count && items;
  });

describe('operator events', () => {
  test('H2.35 tell of every suspension, and of all else that dispatchers say, as it was said', async () => {
    const integrationId = v4();
    const kinds = ['suspended', 'breaker-open', 'breaker-half-open', 'breaker-closed', 'always-not-found'] as const;
    const told = kinds.map((kind, second) =>
      anOperatorEvent({ integrationId, kind, at: `2026-11-22T10:00:0${second}.000Z`, replica: second }),
    );
    for (const event of told) await harness.tellOperators(event);
    const shown = told.map(({ integrationName: integration, ...event }) => ({ ...event, integration }));
    expect(await eventsOf(integrationId, 5)).toEqual(shown.reverse());
  });

  test('are written once, however often their message comes', async () => {
    const event = anOperatorEvent();
    const marker = anOperatorEvent();
    for (const one of [event, event, { ...event, message: 'told again' }, marker]) await harness.tellOperators(one);
    await eventsOf(marker.integrationId, 1);
    const rows = await harness.query('select message from deliveries.operator_events where id = $1', [event.id]);
    expect(rows).toEqual([{ message: event.message }]);
  });

  test('are cut into pages, newest first, without gaps or repeats', async () => {
    const integrationId = v4();
    // Three share a time, so the id decides.
    const told = Array.from({ length: 7 }, (_, index) =>
      anOperatorEvent({ integrationId, at: `2026-11-22T10:00:0${Math.floor(index / 3)}.000Z` }),
    );
    for (const event of told) await harness.tellOperators(event);
    const all = await eventsOf(integrationId, 7);
    const pages: { id: string; at: string }[][] = [];
    let cursor: string | undefined;
    do {
      const page = await harness.get(path, { integration: integrationId, limit: 2, cursor });
      pages.push(page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 2, 1]);
    expect(pages.flat()).toEqual(all);
    const keys = pages.flat().map(({ at, id }) => `${at} ${id}`);
    expect(keys).toEqual([...keys].sort().reverse());
  });

  test('are filtered by kind and by id or name of the integration', async () => {
    const [one, two] = [
      anOperatorEvent({ integrationName: `One ${v4()}` }),
      anOperatorEvent({ kind: 'suspended', integrationName: `Two ${v4()}` }),
    ];
    for (const event of [one, two]) await harness.tellOperators(event);
    await eventsOf(two.integrationId, 1);
    await eventsOf(one.integrationName, 1);
    const idsOf = async (filter: object) =>
      (await harness.get(path, { limit: 500, ...filter })).items.map(({ id }: { id: string }) => id);
    expect(await idsOf({ integration: two.integrationName })).toEqual([two.id]);
    expect(await idsOf({ integration: one.integrationId, kind: 'breaker-open' })).toEqual([one.id]);
    expect(await idsOf({ integration: one.integrationId, kind: 'suspended' })).toEqual([]);
    const suspended = await idsOf({ kind: 'suspended' });
    expect([suspended.includes(two.id), suspended.includes(one.id)]).toEqual([true, false]);
  });

  test('tell all faults of a query at once, to viewers and above', async () => {
    const params = { kind: 'exploded', limit: 0, colour: 'red' };
    const { status, data } = await harness.viewer.get(path, { params });
    const paths = data.errors.map((fault: { path: string }) => fault.path);
    expect([status, paths.sort()]).toEqual([400, ['colour', 'kind', 'limit']]);
    expect((await harness.viewer.get(path)).status).toBe(200);
    expect((await harness.viewer.get(path, { headers: { authorization: '' } })).status).toBe(401);
  });

  test.each([
    ['no id', { id: undefined }],
    ['an id that is no UUID', { id: 'x' }],
    ['no message', { message: undefined }],
    ['a time that only PostgreSQL understands', { at: 'infinity' }],
    ['no time', { at: undefined }],
    ['a version that is no number', { integrationVersion: 'one' }],
  ])('with %s are set aside and the next one is written', async (_, fault) => {
    const body = JSON.stringify({ ...anOperatorEvent(), ...fault });
    const next = anOperatorEvent();
    await harness.send(queueNames.operatorEvents, body);
    await harness.tellOperators(next);
    await eventsOf(next.integrationId, 1);
    const { source } = await eventually('it is set aside', async () => {
      const { items } = await harness.get('/v1/rejected');
      const all = await Promise.all(items.map(({ id }: { id: string }) => harness.get(`/v1/rejected/${id}`)));
      return all.find(({ bodyBase64 }) => bodyBase64 === Buffer.from(body).toString('base64'));
    });
    expect(source).toBe(queueNames.operatorEvents);
  });
});
