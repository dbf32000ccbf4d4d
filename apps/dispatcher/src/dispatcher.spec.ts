import {
  eventRoutingKey,
  exchangeNames,
  jobRoutingKey,
  laneOf,
  messageTypes,
  type JobMessage,
  type ReplayOrder,
  type SealedDetail,
} from '@patchbay/contracts';
import { publishUntilConfirmed } from '@patchbay/messaging';
import { open, seal } from '@patchbay/secrets';
import { eventually, type Respond } from '@patchbay/testing';
import axios from 'axios';
import { randomUUID } from 'node:crypto';
import { anEvent, cleanUp, cleanups, json, lanes, post, setup, type Spec } from './dispatcher.suite';

jest.setTimeout(60_000);
afterEach(cleanUp);

describe('the dispatcher', () => {
  it('calls the service with the rendered, authenticated request and publishes what the answer sets and saves', async () => {
    const { endpoint, send, ended, results, saves, recordsOf, ring, records } = await setup(
      [
        {
          endpointUrl: undefined,
          authentications: [
            { id: 'basic:alice', secret: 'wonderland' },
            { id: 'api-key', secret: 'k-1' },
          ],
          ...post(
            { set: { priority: '{response.body.priority}' }, save: { customer: { name: '{response.body.name}' } } },
            {
              authentication: { type: 'basic' },
              headers: { 'x-api-key': '{authentications.api-key}' },
              params: { phone: '{contact.source}' },
            },
          ),
        },
      ].map((one) => {
        const { endpointUrl: _, ...rest } = one;
        return rest;
      }),
      { '/0': json({ priority: 5, name: 'Ada' }) },
    );
    const event = await send();
    const [request] = await endpoint.waitForRequests(1);
    expect(request).toMatchObject({
      method: 'POST',
      path: '/0?phone=%2B358401234567',
      body: JSON.stringify({ contact: event.contact.id }),
    });
    expect(request!.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('alice:wonderland').toString('base64')}`,
      'x-api-key': 'k-1',
      'content-type': 'application/json',
      'patchbay-attempt': '1',
    });
    const [delivery] = await ended(event, 1);
    expect(request!.headers['idempotency-key']).toBe(delivery!.key);
    expect(delivery).toMatchObject({
      status: 'succeeded',
      attemptCount: 1,
      setNames: ['priority'],
      saveKeys: ['customer'],
      role: 'member',
    });
    const expected = {
      event: { id: event.id, name: 'queued' },
      integration: { id: records[0]!.id, ordinal: 1, version: 1 },
      set: { priority: 5 },
      save: { customer: { name: 'Ada' } },
    };
    await eventually('both result queues have it', () => results.length === 1 && saves.length === 1);
    expect(results[0]).toMatchObject(expected);
    expect(saves[0]).toEqual(results[0]);
    const [record] = recordsOf(event);
    expect(record).toMatchObject({ configRevision: 7, matchedCount: 1, conversation: event.contact.guid });
    expect(JSON.stringify(record)).not.toMatch(/Ada|358401234567|wonderland|k-1/);
    const detail = JSON.parse(open(ring, record!.sealed, `record:${record!.id}`)) as SealedDetail;
    expect(detail.event).toMatchObject({ id: event.id });
    expect(detail.results[delivery!.id]).toMatchObject({ save: { customer: { name: 'Ada' } } });
  });

  it('records an event that matches nothing', async () => {
    const { send, outcomes, recordsOf } = await setup([{ events: [], ...post() }]);
    const event = await send();
    await eventually('its record', () => outcomes.length > 0);
    expect(recordsOf(event)).toEqual([expect.objectContaining({ matchedCount: 0, deliveries: [], leftOut: [] })]);
  });

  it('walks a chain of three by ordinal: later members see what earlier ones saved, the first set wins, the fourth is left out', async () => {
    const member = (set: object, save: object) => post({ set, save }, { body: { seen: '{contact.attached_data}' } });
    const { endpoint, send, ended, results, recordsOf, records } = await setup(
      [
        member({ priority: 1 }, { a: 1 }),
        member({ priority: 2, preferredAgent: 'bob' }, { b: '{response.body.b}' }),
        post(),
        post(),
      ],
      { '/1': json({ b: 2 }), '/0': json({}) },
    );
    const event = await send({ attached_data: { core: true } });
    const deliveries = await ended(event, 3);
    expect(endpoint.requests.map(({ path }) => path)).toEqual(['/0', '/1', '/2']);
    expect(endpoint.requests.map(({ body }) => (JSON.parse(body) as { seen?: object }).seen)).toEqual([
      { core: true },
      { core: true, a: 1 },
      undefined,
    ]);
    await eventually('two results', () => results.length === 2);
    expect(results.map(({ set }) => set)).toEqual([{ priority: 1 }, { preferredAgent: 'bob' }]);
    expect(deliveries.map(({ role }) => role)).toEqual(['member', 'member', 'listener']);
    expect(recordsOf(event)[0]!.leftOut).toEqual([records[3]!.id]);
    expect(deliveries[1]!.notDone).toEqual([{ name: 'priority', reason: expect.stringContaining('earlier') }]);
  });

  it('a member whose condition is false takes no place and is recorded as skipped', async () => {
    const condition = "contact.channel_type == 'chat'";
    const { send, ended, endpoint } = await setup([post({ save: { a: 1 } }, { condition }), post(), post(), post()], {
      '/1': json({}),
      '/2': json({}),
      '/3': json({}),
    });
    const event = await send();
    const deliveries = await ended(event, 4);
    expect(deliveries.map(({ status }) => status).sort()).toEqual(['skipped', 'succeeded', 'succeeded', 'succeeded']);
    expect(deliveries.find(({ status }) => status === 'skipped')).toMatchObject({
      reason: 'condition_false',
      attemptCount: 0,
    });
    expect(endpoint.requests).toHaveLength(3);
  });

  it('lets an echo answer with its own body, seen by the next and retried by none', async () => {
    const fetch = post({ save: { tier: '{response.body.tier}' } });
    const decide = {
      endpointUrl: 'edi://echo',
      configuration: {
        request: {
          method: 'POST',
          condition: "contact.attached_data.tier == 'gold'",
          body: { p: 7, id: '{contact.id}' },
        },
        response: { set: { priority: '{response.body.p}' }, save: { echoed: '{response.body.id}' } },
      },
    };
    const { send, ended, results, endpoint, saves } = await setup([fetch, decide], { '/0': json({ tier: 'gold' }) });
    const event = await send();
    expect((await ended(event, 2))[1]).toMatchObject({ status: 'succeeded', url: 'edi://echo', attemptCount: 1 });
    await eventually('its set and save', () => results.length === 1 && saves.length === 2);
    expect(results[0]).toMatchObject({ set: { priority: 7 }, save: { echoed: event.contact.id } });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('makes a delayed call later with the body of the event, and lets the chain go on', async () => {
    const slow = post(undefined, { delay: 50, body: { at: '{event.datetime}' } });
    const { send, ended, endpoint, recordsOf } = await setup([slow, post()], { '/0': json({}), '/1': json({}) });
    const event = await send();
    const deliveries = await ended(event, 2);
    expect(deliveries.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(endpoint.requests.map(({ path }) => path)).toEqual(['/1', '/0']);
    expect(endpoint.requests[1]!.at - endpoint.requests[0]!.at).toBeGreaterThan(700);
    expect(JSON.parse(endpoint.requests[1]!.body)).toEqual({ at: event.event.datetime });
    expect(recordsOf(event)[0]!.deliveries).toContainEqual(
      expect.objectContaining({
        status: 'retrying',
        reason: expect.stringContaining('delayed by 50'),
        attemptCount: 0,
      }),
    );
  });

  it('waits for a blocking integration without a response before it goes on', async () => {
    const slow: Respond = () => ({ ...json({}), delayMs: 200 });
    const { send, ended, endpoint } = await setup([post(undefined, { block: true }), post()], {
      '/0': slow,
      '/1': json({}),
    });
    const deliveries = await ended(await send(), 2);
    expect(deliveries[0]).toMatchObject({ role: 'member', ordinal: 1 });
    expect(endpoint.requests[1]!.at - endpoint.requests[0]!.at).toBeGreaterThanOrEqual(195);
  });

  it('makes no call without a checked certificate unless the deployment allows it', async () => {
    const { send, ended, endpoint } = await setup([post(undefined, { verify: false })]);
    expect(await ended(await send(), 1)).toEqual([
      expect.objectContaining({ status: 'dead', failureClass: 'blocked', stage: 'before' }),
    ]);
    expect(endpoint.requests).toHaveLength(0);
  });

  it('retries a failing member with the same key and bytes until it succeeds, and does not call the others again', async () => {
    let failures = 2;
    const flaky: Respond = () => (failures-- > 0 ? { status: 503 } : json({ p: 3 }));
    const { send, ended, endpoint, results, recordsOf } = await setup(
      [
        { ...post({ set: { priority: '{response.body.p}' } }), delivery: { profile: 'standard' } },
        post({ save: { b: 1 } }),
      ],
      { '/0': flaky },
    );
    const event = await send();
    const deliveries = await ended(event, 2);
    expect(deliveries.find(({ ordinal }) => ordinal === 1)).toMatchObject({ status: 'succeeded', attemptCount: 3 });
    const calls = endpoint.requests.filter(({ path }) => path === '/0');
    expect(calls.map(({ headers }) => headers['patchbay-attempt'])).toEqual(['1', '2', '3']);
    expect(new Set(calls.map(({ headers, body }) => `${String(headers['idempotency-key'])} ${body}`)).size).toBe(1);
    expect(endpoint.requests.filter(({ path }) => path === '/1')).toHaveLength(1);
    await eventually('the late set', () => results.some(({ set }) => set?.['priority'] === 3));
    // D1: each record but the last holds the job that the next record ends.
    const records = recordsOf(event);
    const jobs = records.map(({ jobs: waiting = [] }) => waiting.map(({ recordId }) => recordId));
    expect(jobs).toEqual([[records[1]!.id], [records[2]!.id], []]);
  });

  it('makes a dead letter with reason, stage and the sealed event when attempts are used up or the failure is incurable', async () => {
    const { send, ended, deadLetters, ring } = await setup(
      [{ ...post(), delivery: { maxAttempts: 2 } }, post(undefined, { headers: { a: '{contact.source}' } })],
      { '/0': { status: 500 }, '/1': { status: 400 } },
    );
    const event = await send();
    await ended(event, 2);
    await eventually('two dead letters', () => deadLetters.length === 2);
    const [first, second] = [...deadLetters].sort((one, other) => one.attemptCount - other.attemptCount);
    expect(first).toMatchObject({ reason: 'answered 400', failureClass: 'http_400', stage: 'call', attemptCount: 1 });
    expect(second).toMatchObject({ reason: expect.stringContaining('attempts_exhausted: 2 of 2'), attemptCount: 2 });
    expect(JSON.parse(open(ring, first!.sealed, `dead-letter:${first!.deliveryId}`))).toMatchObject({ id: event.id });
  });

  it('makes no call from a request that cannot be rendered', async () => {
    const { send, ended, endpoint } = await setup([post(undefined, { headers: { a: '{contact.source}' } })]);
    const event = await send({ source: 'a\r\nb: c' });
    expect(await ended(event, 1)).toEqual([
      expect.objectContaining({ status: 'dead', failureClass: 'render', stage: 'before', attempts: [] }),
    ]);
    expect(endpoint.requests).toHaveLength(0);
  });

  it('does not call for an event that is older than the policy allows', async () => {
    const { send, ended, endpoint, publisher } = await setup([post({ set: { priority: 1 } })]);
    const event = anEvent({});
    event.event.datetime = new Date(Date.now() - 200_000).toISOString();
    await publishUntilConfirmed(publisher, {
      exchange: exchangeNames.events,
      routingKey: eventRoutingKey(0, 'phone', 'inbound', 'queued'),
      body: JSON.stringify({ ...event, acceptedAt: new Date().toISOString() }),
      messageId: event.id,
      type: messageTypes.event,
    });
    expect(await ended(event, 1)).toEqual([expect.objectContaining({ status: 'expired' })]);
    expect(endpoint.requests).toHaveLength(0);
    void send;
  });

  it('calls in order per conversation and lets other conversations pass a slow one', async () => {
    const slow: Respond = ({ body }) => ({ ...json({}), delayMs: body.includes('slow') ? 300 : 0 });
    const { send, endpoint, ended } = await setup([post({ save: { a: 1 } }, { body: { n: '{contact.language}' } })], {
      '/0': slow,
    });
    await send({ guid: 'A', language: 'slow 1' });
    await send({ guid: 'A', language: 'slow 2' });
    const last = await send({ guid: 'A', language: 'slow 3' });
    await send({ guid: 'B', language: 'other' });
    await ended(last, 1);
    const order = endpoint.requests.map(({ body }) => (JSON.parse(body) as { n: string }).n);
    expect(order.filter((name) => name.startsWith('slow'))).toEqual(['slow 1', 'slow 2', 'slow 3']);
    expect(order.indexOf('other')).toBeLessThan(2);
  });

  it('drops a repeated event and says so', async () => {
    const { send, ended, endpoint, publisher, service, outcomes } = await setup([post()]);
    const event = await send();
    await ended(event, 1);
    await publishUntilConfirmed(publisher, {
      exchange: exchangeNames.events,
      routingKey: eventRoutingKey(laneOf(event.contact.guid, lanes), 'phone', 'inbound', 'queued'),
      body: JSON.stringify({ ...event, acceptedAt: new Date().toISOString() }),
      messageId: event.id,
      type: messageTypes.event,
    });
    await eventually(
      'the repeat is counted',
      async () =>
        (await axios.get<{ duplicatesSuppressed: number }>(`${service.url}/health/ready`)).data.duplicatesSuppressed ===
        1,
    );
    expect(endpoint.requests).toHaveLength(1);
    expect(outcomes).toHaveLength(1);
  });

  it('replays one delivery on order, as a new delivery under the same key', async () => {
    let status = 400;
    const { send, ended, deadLetters, ring, publisher, endpoint, outcomes } = await setup([post()], {
      '/0': () => ({ status }),
    });
    const event = await send();
    const [dead] = await ended(event, 1);
    await eventually('the dead letter', () => deadLetters.length === 1);
    status = 200;
    const order: ReplayOrder = {
      replayId: 'r1',
      replayOf: dead!.id,
      integrationId: dead!.integrationId,
      event,
      acceptedAt: new Date().toISOString(),
    };
    const id = randomUUID();
    const now = new Date().toISOString();
    const job: JobMessage = {
      id,
      kind: 'replay',
      conversation: event.contact.guid,
      acceptedAt: now,
      due: now,
      sealed: seal(ring, JSON.stringify(order), `job:${id}`),
    };
    await publishUntilConfirmed(publisher, {
      exchange: exchangeNames.events,
      routingKey: jobRoutingKey(laneOf(event.contact.guid, lanes)),
      body: JSON.stringify(job),
      messageId: id,
      type: messageTypes.job,
    });
    const replayed = await eventually('the replay ends', () =>
      outcomes.flatMap(({ deliveries }) => deliveries).find(({ replayId }) => replayId === 'r1'),
    );
    expect(replayed).toMatchObject({ status: 'succeeded', key: dead!.key, replayOf: dead!.id });
    expect(replayed.id).not.toBe(dead!.id);
    expect(endpoint.requests[1]!.headers).toMatchObject({ 'patchbay-replay': 'r1', 'idempotency-key': dead!.key });
  });

  it('keeps a lane message it cannot read and goes on', async () => {
    const { send, ended, rejected, publisher } = await setup([post()]);
    for (const [routingKey, body] of [
      ['0.phone.inbound.queued', '{"a":'],
      ['1.job', '{"id":"x","sealed":"nonsense","due":"2026-01-01T00:00:00Z"}'],
    ] as const) {
      await publishUntilConfirmed(publisher, {
        exchange: exchangeNames.events,
        routingKey,
        body,
        messageId: randomUUID(),
        type: 'x',
      });
    }
    await ended(await send(), 1);
    await eventually('both are kept', () => rejected.length === 2);
  });

  it('goes on with the last good configuration while config-service is away, over a restart too', async () => {
    const spec: Spec = await setup([post()]);
    await spec.ended(await spec.send(), 1);
    expect(spec.config.asked[0]).toBe('Bearer secret-token');
    spec.config.setAvailable(false);
    await spec.service.close();
    const second = await spec.start();
    cleanups.push(() => second.close());
    await spec.ended(await spec.send(), 1);
  });

  it('is ready with an empty configuration of revision 0', async () => {
    const { service, config } = await setup([], {}, 0);
    await eventually('ready', async () => (await axios.get(`${service.url}/health/ready`)).status === 200);
    expect(config.asked.length).toBeGreaterThan(0);
  });

  it('picks up a changed configuration when it is told', async () => {
    const { config, publisher, service, records, send, ended } = await setup([post()]);
    config.give({
      revision: 8,
      full: false,
      integrations: [{ ...records[0]!, name: 'renamed', version: 2 } as never],
      deleted: [],
    });
    await publishUntilConfirmed(publisher, {
      exchange: exchangeNames.config,
      routingKey: '',
      body: '{"revision":8}',
      messageId: 'c',
      type: messageTypes.configChanged,
    });
    await eventually(
      'the new revision',
      async () =>
        (await axios.get<{ configRevision: number }>(`${service.url}/health/ready`)).data.configRevision === 8,
    );
    expect(await ended(await send(), 1)).toEqual([
      expect.objectContaining({ integrationName: 'renamed', integrationVersion: 2 }),
    ]);
  });
});
