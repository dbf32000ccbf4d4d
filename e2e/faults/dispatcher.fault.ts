import { eventually } from '@patchbay/testing';
import { FaultSystem } from './rig/fault-system';
import { lasting } from './rig/load';

const points = ['before-call', 'after-answer', 'between-publishes', 'before-ack'];
const inFlight = 20;

let system: FaultSystem;

beforeAll(async () => void (system = await FaultSystem.start()), 180_000);
afterAll(() => system?.stop(), 60_000);
afterEach(() => void (system.endpoint.script = () => ({ status: 200 })));

/** Lets the services hold every answer until `release`. */
function holdAnswers(): { release(): void } {
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  system.endpoint.script = () => ({ status: 200, when: held });
  return {
    release() {
      system.endpoint.script = () => ({ status: 200 });
      release();
    },
  };
}

/** Events in as many conversations, the calls of all of them made and held. */
async function putInFlight(): Promise<{ release(): void }> {
  const holding = holdAnswers();
  const before = system.endpoint.calls.length;
  await system.load.burst(inFlight, inFlight);
  await system.endpoint.waitForCalls(before + 2 * inFlight);
  return holding;
}

describe('kill -9 of the dispatcher', () => {
  it.each(points)(
    'F1 at %s loses nothing and repeats at most what was in flight',
    async (point) => {
      await system.dispatcher.stop();
      // It runs into the point with the first event that carries the word.
      await system.dispatcher.start({ PATCHBAY_FAILPOINT: `${point}:fatal-${point}` });
      const load = system.load.steady({ perSecond: 60 });
      await system.load.burst(inFlight, inFlight, { word: `fatal-${point}` });
      await system.dispatcher.exited();
      const since = Date.now();
      await system.dispatcher.start();
      const recoveryMs = await system.recovery(since);
      await load.stop();
      const row = await system.verdict(`F1 ${point}`, { recoveryMs });
      expect(row.violations).toEqual([]);
      // Each call of an event goes out again at most once: it crashed once.
      const times = new Map<string, number>();
      for (const { key } of system.endpoint.calls) times.set(key, (times.get(key) ?? 0) + 1);
      expect(Math.max(...times.values())).toBeLessThanOrEqual(2);
    },
    180_000,
  );

  it('F1 while its services hold their answers calls each again once, with the same key and bytes', async () => {
    const holding = await putInFlight();
    await system.dispatcher.kill();
    await eventually('its calls are gone', () => system.endpoint.held() === 0);
    holding.release();
    const since = Date.now();
    await system.dispatcher.start();
    const recoveryMs = await system.recovery(since);
    const row = await system.verdict('F1 in the call', { recoveryMs });
    expect(row.violations).toEqual([]);
    expect(row.duplicateCalls).toBe(2 * inFlight);
  }, 180_000);
});

describe('SIGTERM of the dispatcher', () => {
  it('F2 R1.25 with calls in flight under load repeats no call and ends well within 40 s', async () => {
    system.endpoint.script = () => ({ status: 200, delayMs: 1_500 });
    const before = system.endpoint.calls.length;
    const load = system.load.steady({ perSecond: 30 });
    await system.endpoint.waitForCalls(before + 60);
    await eventually('there are calls in flight', () => system.endpoint.held() >= inFlight);
    const asked = Date.now();
    expect(await system.dispatcher.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - asked).toBeLessThan(40_000);
    const since = Date.now();
    await system.dispatcher.start();
    const recoveryMs = await system.recovery(since);
    await load.stop();
    const row = await system.verdict('F2 SIGTERM', { recoveryMs });
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0, overlaps: 0 });
  }, 180_000);

  it('F2 R1.25 twice ends it at once with code 1, and its work is given out again', async () => {
    const holding = await putInFlight();
    system.dispatcher.signal('SIGTERM');
    await eventually('it says that it stops', async () => (await system.dispatcher.health()) !== 200);
    system.dispatcher.signal('SIGTERM');
    expect((await system.dispatcher.exited()).code).toBe(1);
    await eventually('its calls are gone', () => system.endpoint.held() === 0);
    holding.release();
    const since = Date.now();
    await system.dispatcher.start();
    const recoveryMs = await system.recovery(since);
    const row = await system.verdict('F2 SIGTERM twice', { recoveryMs });
    expect(row.violations).toEqual([]);
    expect(row.duplicateCalls).toBeLessThanOrEqual(2 * inFlight);
  }, 180_000);

  it('F2 while it reconnects ends within 40 s, and nothing is lost', async () => {
    await system.load.burst(100);
    await system.broker.kill();
    await lasting(1_000);
    const asked = Date.now();
    await system.dispatcher.stop();
    expect(Date.now() - asked).toBeLessThan(40_000);
    await system.broker.start();
    const since = Date.now();
    await system.dispatcher.start();
    const recoveryMs = await system.recovery(since);
    const row = await system.verdict('F2 SIGTERM in reconnect', { recoveryMs });
    expect(row.violations).toEqual([]);
  }, 180_000);
});

describe('a message that kills the dispatcher each time', () => {
  it('F3 R1.16 is given up as crash_loop after at most 6 crashes, and its neighbours succeed', async () => {
    await system.dispatcher.stop();
    const innocents = await system.load.burst(9, 9);
    const [culprit] = await system.load.burst(1, 1, { word: 'crash-loop' });
    const more = await system.load.burst(9, 9);
    const crashes = system.dispatcher.crashes;
    const endOf = (id: string) =>
      system.database.query<{ status: string; reason: string }>(
        'select status, reason from deliveries where event_id = $1',
        [id],
      );
    system.dispatcher.spawn({ PATCHBAY_FAILPOINT: 'before-call:crash-loop' });
    const ended = await eventually(
      'the culprit is given up',
      async () => {
        if (!system.dispatcher.running) system.dispatcher.spawn({ PATCHBAY_FAILPOINT: 'before-call:crash-loop' });
        await lasting(200);
        const rows = await endOf(culprit!.id);
        return rows.length === 2 && rows;
      },
      150_000,
    );
    for (const { status, reason } of ended) {
      expect(status).toBe('dead');
      expect(reason).toMatch(/^crash_loop/);
    }
    expect(system.dispatcher.crashes - crashes).toBeLessThanOrEqual(6);
    const row = await system.verdict('F3 crash loop');
    expect(row.violations).toEqual([]);
    for (const { id } of [...innocents, ...more]) {
      const calls = system.endpoint.calls.filter(({ event }) => event === id);
      expect(calls.length).toBeLessThanOrEqual(2 * 3);
      expect((await endOf(id)).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    }
  }, 240_000);
});
