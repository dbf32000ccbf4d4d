import type { SealedDetail } from '@patchbay/contracts';
import { open } from '@patchbay/secrets';
import { eventually, type Respond } from '@patchbay/testing';
import axios from 'axios';
import { Webhook } from 'standardwebhooks';
import { cleanUp, json, lanes, post, setup, type Spec } from './dispatcher.suite';
import { longestStreak } from './not-found-streaks';

jest.setTimeout(60_000);
afterEach(cleanUp);

const standard = { delivery: { profile: 'standard' } };
const ok = json({});

/** How the calls of an integration go, as an operator sees it. */
async function trafficOf({ service, records, token }: Spec, at = 0) {
  const { data } = await axios.get(`${service.url}/v1/traffic/${records[at]!.id}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  return data as { parked: number; breaker: { state: string }; pace: number | null; running: number };
}

const parkedRecords = (spec: Spec) =>
  spec.outcomes.flatMap(({ deliveries }) => deliveries).filter(({ failureClass }) => failureClass === 'parked');

describe('H2.34: a service that fails', () => {
  it('is left alone after ten calls; deliveries are parked without using up attempts, and succeed when it works again', async () => {
    let works = false;
    const spec = await setup([{ ...post(), ...standard }], { '/0': () => (works ? ok : { status: 503 }) });
    const { send, endpoint, operatorEvents, ended } = spec;
    await Promise.all(Array.from({ length: 10 }, () => send()));
    await eventually('the breaker opens', () => operatorEvents.some(({ kind }) => kind === 'breaker-open'));
    expect((await trafficOf(spec)).breaker.state).not.toBe('closed');
    const calls = endpoint.requests.length;
    const event = await send();
    await eventually('it is parked', () =>
      parkedRecords(spec).some(({ id }) => spec.deliveriesOf(event)[0]?.id === id),
    );
    expect(spec.deliveriesOf(event)[0]).toMatchObject({
      status: 'retrying',
      attemptCount: 0,
      attempts: [],
      reason: expect.stringContaining('parked: most calls to the service failed of late'),
    });
    expect(endpoint.requests.length - calls).toBeLessThanOrEqual(1);
    works = true;
    const [delivery] = await ended(event, 1);
    expect(delivery).toMatchObject({ status: 'succeeded', attemptCount: 1 });
    await eventually('the breaker closes', () => operatorEvents.some(({ kind }) => kind === 'breaker-closed'));
    await eventually('all that failed has been tried again', () => {
      const done = spec.outcomes.flatMap(({ deliveries }) => deliveries).filter(({ status }) => status === 'succeeded');
      return done.length === 11;
    });
    expect(new Set(endpoint.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(11);
  });
});

describe('H2.16: parking', () => {
  it('F12: a service that hangs holds up neither others nor their lanes, and no healthy one is ever parked', async () => {
    const hanging = { ...post(undefined, { timeout: 30 }), queues: ['slow'], ...standard };
    const healthy = Array.from({ length: 9 }, (_, at) => ({ ...post({ save: { a: 1 } }), queues: [`q${at}`] }));
    const answers = Object.fromEntries(healthy.map((_, at) => [`/${at + 1}`, ok]));
    let hangs = true;
    const spec = await setup([hanging, ...healthy], { '/0': () => (hangs ? { hang: true } : ok), ...answers });
    const { send, endpoint, ended } = spec;
    // More than the lanes could hold if each waited for its call.
    const stuck = Array.from({ length: 400 }, () => send({ queue: { id: 'slow' } }));
    await Promise.all(stuck);
    await eventually('all slots hang', () => endpoint.requests.filter(({ path }) => path === '/0').length >= 32);
    const events = await Promise.all(
      healthy.flatMap((_, at) => Array.from({ length: 8 }, () => send({ queue: { id: `q${at}` } }))),
    );
    for (const event of events) expect(await ended(event, 1)).toMatchObject([{ status: 'succeeded' }]);
    // No call that hangs has reached its deadline yet, so the others did not just wait for that.
    const ofHanging = spec.outcomes
      .flatMap(({ deliveries }) => deliveries)
      .filter(({ integrationId }) => integrationId === spec.records[0]!.id);
    expect(ofHanging.filter(({ attempts }) => attempts.length > 0)).toEqual([]);
    expect(parkedRecords(spec).map(({ integrationId }) => integrationId)).not.toContain(spec.records[1]!.id);
    expect(new Set(parkedRecords(spec).map(({ integrationId }) => integrationId))).toEqual(
      new Set([spec.records[0]!.id]),
    );
    expect((await trafficOf(spec)).parked).toBeGreaterThanOrEqual(400 - lanes * 128);
    expect((await trafficOf(spec, 1)).parked).toBe(0);
    hangs = false;
    endpoint.server.closeAllConnections();
  });

  it('keeps the order of a conversation: what is parked goes first, then what came later', async () => {
    let works = false;
    const spec = await setup([{ ...post(undefined, { body: { n: '{contact.language}' } }), ...standard }], {
      '/0': () => (works ? ok : { status: 503 }),
    });
    const { send, endpoint, operatorEvents, ended } = spec;
    await Promise.all(Array.from({ length: 10 }, () => send()));
    await eventually('the breaker opens', () => operatorEvents.some(({ kind }) => kind === 'breaker-open'));
    const events = [];
    for (const n of ['1', '2', '3', '4']) events.push(await send({ guid: 'one', language: n }));
    works = true;
    events.push(await send({ guid: 'one', language: '5' }));
    for (const event of events) await ended(event, 1);
    const names = endpoint.requests
      .map(({ body }) => (JSON.parse(body) as { n: string }).n)
      .filter((n) => /^\d$/.test(n));
    expect(names).toEqual(['1', '2', '3', '4', '5']);
  });

  it('holds the rest of the chain back with a parked member, and nothing is lost of it', async () => {
    let works = false;
    const first = { ...post({ save: { tier: '{response.body.tier}' } }), ...standard };
    const second = { ...post({ save: { b: 1 } }, { body: { tier: '{contact.attached_data.tier}' } }), ...standard };
    const spec = await setup([first, second], {
      '/0': () => (works ? json({ tier: 'gold' }) : { status: 503 }),
      '/1': ok,
    });
    const { send, endpoint, operatorEvents, ended, recordsOf } = spec;
    await Promise.all(Array.from({ length: 10 }, () => send()));
    await eventually('the breaker opens', () => operatorEvents.some(({ kind }) => kind === 'breaker-open'));
    const event = await send();
    await eventually('it is parked', () =>
      spec.deliveriesOf(event).some(({ failureClass }) => failureClass === 'parked'),
    );
    const callsOfSecond = () =>
      endpoint.requests.filter(({ path, headers }) => path === '/1' && headers['idempotency-key'] !== undefined);
    const before = callsOfSecond().length;
    works = true;
    const deliveries = await ended(event, 2);
    expect(deliveries.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    const own = callsOfSecond()
      .slice(before)
      .map(({ body }) => (JSON.parse(body) as { tier: string | null }).tier);
    expect(own).toContain('gold');
    expect(recordsOf(event)[0]).toMatchObject({ matchedCount: 2, leftOut: [] });
  });
});

describe('H2.30: 410', () => {
  it('suspends an integration whose call does not depend on the event, tells operators once, and calls it no more', async () => {
    const spec = await setup([post()], { '/0': { status: 410 } });
    const { send, ended, operatorEvents, endpoint, records, recordsOf } = spec;
    const [delivery] = await ended(await send(), 1);
    expect(delivery).toMatchObject({ status: 'dead', failureClass: 'http_410' });
    await eventually('operators are told', () => operatorEvents.length === 1);
    expect(operatorEvents[0]).toMatchObject({
      kind: 'suspended',
      integrationId: records[0]!.id,
      integrationVersion: 1,
    });
    const next = await send();
    await eventually('its record', () => recordsOf(next).length === 1);
    expect(recordsOf(next)[0]).toMatchObject({ matchedCount: 0, deliveries: [] });
    expect(endpoint.requests).toHaveLength(1);
  });

  it.each([
    ['a response', post({ save: { a: 1 } })],
    ['a placeholder in its URL', { ...post(), path: '/0/{contact.id}' }],
    ['a placeholder in its params', post(undefined, { params: { id: '{contact.id}' } })],
  ])('suspends nothing that has %s', async (_, integration) => {
    const respond: Respond = () => ({ status: 410 });
    const spec = await setup([integration], respond);
    const { send, ended, endpoint, operatorEvents } = spec;
    await ended(await send(), 1);
    await ended(await send(), 1);
    expect(endpoint.requests).toHaveLength(2);
    expect(operatorEvents).toEqual([]);
  });
});

describe('H2.32: Retry-After', () => {
  it('is waited for when it is longer than the delay', async () => {
    let calls = 0;
    const respond = { '/0': () => (calls++ === 0 ? { status: 503, headers: { 'retry-after': '60' } } : ok) };
    const { send, ended, endpoint, deliveriesOf } = await setup([{ ...post(), ...standard }], respond);
    const event = await send();
    await ended(event, 1);
    const waited = endpoint.requests[1]!.at - endpoint.requests[0]!.at;
    // 60 s at a fiftieth of the time.
    expect(waited).toBeGreaterThanOrEqual(1_150);
    expect(deliveriesOf(event)[0]).toMatchObject({ status: 'retrying', failureClass: 'http_503' });
  });
});

describe('what an attempt records', () => {
  it('has the times of its connection and its answer, and the side that has to act', async () => {
    const spec = await setup([{ ...post(), ...standard }], { '/0': { status: 400 } });
    const [first] = await spec.ended(await spec.send(), 1);
    const [attempt] = first!.attempts;
    expect(attempt).toMatchObject({ status: 400, failureClass: 'http_400', side: 'theirs', stage: 'call' });
    const { dnsMs, connectMs, tlsMs, sentMs, firstByteMs } = attempt!.timing!;
    for (const time of [dnsMs, connectMs, tlsMs, sentMs, firstByteMs]) expect(time).toBeGreaterThanOrEqual(0);
    expect(sentMs!).toBeLessThanOrEqual(firstByteMs!);
    expect(firstByteMs!).toBeLessThanOrEqual(attempt!.durationMs + 1);
    const [second] = await spec.ended(await spec.send(), 1);
    expect(second!.attempts[0]!.timing).not.toHaveProperty('tlsMs');
  });

  it('says that a blocked address is ours to look at', async () => {
    const spec = await setup([{ ...post(), endpointUrl: 'https://169.254.169.254/' }]);
    const [delivery] = await spec.ended(await spec.send(), 1);
    expect(delivery!.attempts[0]).toMatchObject({
      failureClass: 'blocked',
      side: 'ours',
      failure: 'address not allowed',
    });
  });
});

describe('H2.44, S3.6: secrets', () => {
  it('that a service echoes are in no record, result or saved value', async () => {
    const secret = 'wonder"land/42';
    const echo: Respond = ({ headers }) => ({
      status: 200,
      headers: { 'x-echo': String(headers['x-key']) },
      body: JSON.stringify(headers),
    });
    const spec = await setup(
      [
        {
          ...post(
            { save: { all: '*', body: '{response.body}', header: '{response.headers.x-echo}' } },
            { authentication: { type: 'basic' }, headers: { 'x-key': '{authentications.key}' } },
          ),
          authentications: [
            { id: 'basic:alice', secret },
            { id: 'key', secret: 'k-secret-1' },
          ],
        },
      ],
      { '/0': echo },
    );
    const event = await spec.send();
    await spec.ended(event, 1);
    await eventually('its save', () => spec.saves.length === 1);
    const [record] = spec.recordsOf(event);
    const detail = open(spec.ring, record!.sealed, `record:${record!.id}`);
    const forms = [
      secret,
      JSON.stringify(secret).slice(1, -1),
      'k-secret-1',
      Buffer.from(`alice:${secret}`).toString('base64'),
    ];
    for (const sink of [detail, JSON.stringify(record), JSON.stringify(spec.saves)]) {
      for (const form of forms) expect(sink).not.toContain(form);
    }
    const { results } = JSON.parse(detail) as SealedDetail;
    expect(JSON.stringify(Object.values(results)[0]!.save)).toContain('********');
  });
});

describe('a service that never finds anything', () => {
  it(`is reported once after ${longestStreak} answers in a row`, async () => {
    const lookup = { configuration: { request: { method: 'GET' }, response: { save: { a: '{response.body.a}' } } } };
    const spec = await setup([lookup], { '/0': { status: 404 } });
    const events = [];
    for (let count = 0; count < longestStreak + 5; count++) events.push(await spec.send());
    for (const event of events) await spec.ended(event, 1);
    await eventually('the report', () => spec.operatorEvents.length > 0);
    expect(spec.operatorEvents.map(({ kind }) => kind)).toEqual(['always-not-found']);
  });
});

describe('H2.36, H2.37, H2.43: every authentication kind goes out as configured', () => {
  const authenticated = (authentication: object, id: string, secret: string) => ({
    ...post(undefined, { authentication }),
    authentications: [{ id, secret }],
  });

  it('digest: one challenge, then the nonce is used again', async () => {
    const challenge = { status: 401, headers: { 'www-authenticate': 'Digest realm="r", nonce="n1", qop="auth"' } };
    const respond: Respond = ({ headers }) => (headers.authorization?.startsWith('Digest ') ? ok : challenge);
    const integration = authenticated({ type: 'digest' }, 'digest:alice', 'wonderland');
    const spec = await setup([integration], { '/0': respond });
    for (let count = 0; count < 3; count++) {
      expect(await spec.ended(await spec.send(), 1)).toMatchObject([{ status: 'succeeded', attemptCount: 1 }]);
    }
    const proofs = spec.endpoint.requests.map(({ headers }) => headers.authorization);
    expect(proofs[0]).toBeUndefined();
    expect(proofs.slice(1).map((proof) => /nc=(\w+)/.exec(proof!)?.[1])).toEqual(['00000001', '00000002', '00000003']);
    const keys = spec.endpoint.requests.slice(0, 2).map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toBe(keys[1]);
  });

  it('digest: a wrong password is dead at once, as a matter of credentials', async () => {
    const respond: Respond = () => ({
      status: 401,
      headers: { 'www-authenticate': 'Digest realm="r", nonce="n1", qop="auth"' },
    });
    const integration = authenticated({ type: 'digest' }, 'digest:alice', 'wonderland');
    const spec = await setup([{ ...integration, ...standard }], { '/0': respond });
    const [delivery] = await spec.ended(await spec.send(), 1);
    expect(delivery).toMatchObject({ status: 'dead', failureClass: 'auth', attemptCount: 1 });
    expect(delivery!.reason).toMatch(/^auth_failed/);
    expect(delivery!.attempts[0]).toMatchObject({ status: 401 });
    expect(spec.endpoint.requests).toHaveLength(2);
  });

  it('signature: the id is the delivery key, the same on a retry, and the time is that of the attempt', async () => {
    const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    let calls = 0;
    const respond: Respond = () => (calls++ === 0 ? { status: 503 } : ok);
    const integration = authenticated({ type: 'signature' }, 'signature:crm', key);
    const spec = await setup([{ ...integration, ...standard }], { '/0': respond });
    const [delivery] = await spec.ended(await spec.send(), 1);
    for (const { headers, body, at } of spec.endpoint.requests) {
      expect(headers['webhook-id']).toBe(delivery!.key);
      expect(Math.abs(Number(headers['webhook-timestamp']) - at / 1_000)).toBeLessThan(5);
      const seen = headers as Record<string, string>;
      expect(() => new Webhook(key).verify(body, seen)).not.toThrow();
    }
    expect(spec.endpoint.requests).toHaveLength(2);
  });
});
