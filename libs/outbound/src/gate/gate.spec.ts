import type { BreakerChange } from './breaker';
import type { CallEnd, CallLimits, Gate, Permit, Refusal } from './gate';
import { Gates } from './gates';
import { aVirtualTime, settled } from './virtual-time.builder';

const second = 1_000;
const minute = 60 * second;
const limits = { concurrency: 2, ratePerSecond: undefined };
const many = { concurrency: 32, ratePerSecond: undefined };

function setup(options: { timeScale?: number } = {}) {
  const time = aVirtualTime();
  const changes: BreakerChange[] = [];
  const gates = new Gates({ ...time, ...options, onBreakerChange: (_id, change) => changes.push(change) });
  const gate = gates.of('one');
  const call = async (how: CallEnd, ms = 0) => {
    const permit = granted(gate.enter(many));
    if (ms > 0) await time.advance(ms);
    permit.end(how);
  };
  const calls = async (times: number, how: CallEnd) => {
    for (let made = 0; made < times; made++) await call(how);
  };
  return { time, changes, gates, gate, call, calls };
}

function granted(outcome: ReturnType<Gate['enter']>): Permit {
  if (!('end' in outcome)) throw new Error(`no permit: ${JSON.stringify(outcome)}`);
  return outcome;
}

function refused(outcome: ReturnType<Gate['enter']>): Refusal {
  if (!('parked' in outcome)) throw new Error('not refused');
  return outcome;
}

/** Enters with a name, and notes in which order and how the outcomes come. */
function queueing(gate: Gate, own: CallLimits = limits) {
  const started: string[] = [];
  const parked: [string, Refusal][] = [];
  const permits = new Map<string, Permit>();
  const settle = (name: string, outcome: Permit | Refusal) => {
    if ('parked' in outcome) return void parked.push([name, outcome]);
    started.push(name);
    permits.set(name, outcome);
  };
  const enter = (name: string, now = own) => {
    const outcome = gate.enter(now);
    if (outcome instanceof Promise) void outcome.then((later) => settle(name, later));
    else settle(name, outcome);
  };
  const end = async (name: string, how: CallEnd = 'healthy', retryAfterMs?: number) => {
    permits.get(name)!.end(how, retryAfterMs);
    await settled();
  };
  return { started, parked, enter, end };
}

describe('slots (H2.16)', () => {
  it('lets as many calls run as may, and the others in the order they came', async () => {
    const { gate } = setup();
    const { started, enter, end } = queueing(gate);
    for (const name of ['a', 'b', 'c', 'd']) enter(name);
    await settled();
    expect(started).toEqual(['a', 'b']);
    await end('b', 'failing');
    expect(started).toEqual(['a', 'b', 'c']);
    await end('a', 'void');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives leave at once, without a promise, while there is a slot', () => {
    const { gate } = setup();
    expect(gate.enter(limits)).not.toBeInstanceOf(Promise);
    expect(gate.enter(limits)).not.toBeInstanceOf(Promise);
    expect(gate.enter(limits)).toBeInstanceOf(Promise);
  });

  it('counts only the first end of a call', async () => {
    const { gate } = setup();
    const first = granted(gate.enter(limits));
    granted(gate.enter(limits));
    first.end('healthy');
    first.end('healthy');
    first.end('throttled', minute);
    expect(gate.state()).toMatchObject({ running: 1, pace: null });
  });

  it('refuses nobody at first, when nothing is known of the service', () => {
    const { gate } = setup();
    const { parked, enter } = queueing(gate);
    for (let index = 0; index < 500; index++) enter(`${index}`);
    expect(parked).toEqual([]);
    expect(gate.state()).toMatchObject({ running: 2, waiting: 498, expectedWaitMs: 0, meanDurationMs: null });
  });

  it('never refuses a call to a healthy service, whatever the load it can take', async () => {
    const { gate, time } = setup();
    const { parked, enter, end } = queueing(gate, many);
    // 32 slots of 200 ms take 160 calls a second; 155 come, in clumps.
    let made = 0;
    let ended = 0;
    const running = async () => {
      const { waiting } = gate.state();
      return made - waiting - ended;
    };
    for (let step = 0; step < 300; step++) {
      for (let index = 0; index < 31; index++) enter(`${made++}`);
      const toEnd = await running();
      await time.advance(200);
      for (let index = 0; index < toEnd; index++) await end(`${ended++}`);
    }
    expect(parked).toEqual([]);
    expect(made).toBe(9_300);
    expect(gate.state().meanDurationMs).toBeCloseTo(200);
  });

  it('parks those who would wait more than two seconds, with word when to come back', async () => {
    const { gate, time } = setup();
    const { started, parked, enter, end } = queueing(gate);
    enter('a');
    await time.advance(2_000);
    await end('a');
    for (let index = 0; index < 2 + 2; index++) enter(`${index}`);
    // Two ahead at 2 s on two slots: two seconds to the millisecond.
    enter('the last to wait');
    expect(parked).toEqual([]);
    enter('one too many');
    expect(parked).toEqual([['one too many', { parked: 'busy', retryInMs: 3_000 }]]);
    expect(started).toHaveLength(3);
    expect(gate.state()).toMatchObject({ running: 2, waiting: 3, expectedWaitMs: 3_000, meanDurationMs: 2_000 });
  });

  it('H2.16: lets go of those in line when the calls before them hang, though nobody comes and none ends', async () => {
    const { gate, time } = setup();
    const { parked, enter } = queueing(gate, many);
    for (let index = 0; index < 32 + 224; index++) enter(`${index}`);
    await time.advance(250);
    expect(parked).toEqual([]);
    // 224 wait behind calls just over 1 s old: the last may expect more than 7 s.
    await time.advance(850);
    const stay = gate.state().waiting;
    expect(stay).toBeLessThanOrEqual(66);
    expect(stay).toBeGreaterThanOrEqual(58);
    await time.advance(8_900);
    expect(gate.state()).toMatchObject({ running: 32, waiting: expect.any(Number) });
    expect(gate.state().waiting).toBeLessThanOrEqual(8);
    expect(parked).toHaveLength(224 - gate.state().waiting);
  });

  it('H2.16: parks nothing of a backlog that quick calls get through', async () => {
    const { gate, time } = setup();
    const { started, parked, enter, end } = queueing(gate, many);
    for (let index = 0; index < 32; index++) enter(`${index}`);
    await time.advance(300);
    for (let index = 0; index < 32; index++) await end(`${index}`);
    for (let index = 32; index < 2_080; index++) enter(`${index}`);
    expect(gate.state().expectedWaitMs).toBeGreaterThan(2_000);
    for (let first = 32; first < 2_080; first += 32) {
      await time.advance(100);
      for (let index = first; index < first + 32; index++) await end(`${index}`);
    }
    expect(started).toHaveLength(2_080);
    expect(parked).toEqual([]);
  });

  it('parks behind calls that hang, though none has ended', async () => {
    const { gate, time } = setup();
    const { parked, enter } = queueing(gate);
    for (const name of ['a', 'b', 'c']) enter(name);
    await time.advance(3_900);
    enter('d');
    // One ahead in the line, two slots, calls 3.9 s old: 1.95 s.
    expect(parked).toEqual([]);
    await time.advance(200);
    enter('e');
    expect(parked).toEqual([
      ['d', { parked: 'busy', retryInMs: expect.any(Number) }],
      ['e', { parked: 'busy', retryInMs: expect.any(Number) }],
    ]);
  });

  it('lets more run as soon as more may, first those who wait', async () => {
    const { gate } = setup();
    const { started, enter, end } = queueing(gate);
    for (const name of ['a', 'b', 'c', 'd']) enter(name);
    enter('e', { ...limits, concurrency: 4 });
    await settled();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    await end('a');
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('lets nobody start until fewer run when fewer may', async () => {
    const { gate } = setup();
    const { started, enter, end } = queueing(gate);
    for (const name of ['a', 'b']) enter(name);
    enter('c', { ...limits, concurrency: 1 });
    await end('a');
    expect(started).toEqual(['a', 'b']);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('sends those in line back who would wait too long under the new limits', async () => {
    const { gate } = setup();
    const { started, parked, enter } = queueing(gate);
    for (const name of ['a', 'b', 'c', 'd']) enter(name);
    enter('e', { concurrency: 9, ratePerSecond: 0.4 });
    await settled();
    expect(started).toEqual(['a', 'b', 'c']);
    expect(parked.map(([name, { parked }]) => [name, parked])).toEqual([
      ['e', 'busy'],
      ['d', 'busy'],
    ]);
  });

  it('one that hangs holds up nobody else (F12)', async () => {
    const { gates, time } = setup();
    const hanging = gates.of('hanging');
    for (let index = 0; index < 40; index++) void hanging.enter(many);
    await time.advance(10_000);
    for (let index = 0; index < 9; index++) granted(gates.of(`healthy ${index}`).enter(many)).end('healthy');
    expect(hanging.state()).toMatchObject({ running: 32, waiting: 7 });
  });
});

describe('breaker (H2.34)', () => {
  it('opens for 30 s when half of ten calls fail', async () => {
    const { gate, calls, changes, time } = setup();
    await calls(5, 'healthy');
    await calls(4, 'failing');
    expect(changes).toEqual([]);
    await calls(1, 'failing');
    const opened = { state: 'open', openUntil: '2026-03-01T12:00:30.000Z', calls: 10, failures: 5 };
    expect(changes).toEqual([{ ...opened, at: '2026-03-01T12:00:00.000Z' }]);
    expect(gate.state().breaker).toEqual({ ...opened, since: '2026-03-01T12:00:00.000Z', trips: 1 });
    await time.advance(10 * second);
    expect(gate.enter(many)).toEqual({ parked: 'breaker-open', retryInMs: 20 * second });
  });

  it('stays closed while fewer than ten calls, or fewer than half of them, fail', async () => {
    const { gate, calls, changes } = setup();
    await calls(9, 'failing');
    await calls(10, 'void');
    const running = Array.from({ length: 10 }, () => granted(gate.enter(many)));
    for (const permit of running) permit.end('throttled');
    expect(changes).toEqual([]);
    const other = setup();
    await other.calls(100, 'healthy');
    await other.calls(99, 'failing');
    expect(other.changes).toEqual([]);
    await other.calls(1, 'failing');
    expect(other.changes).toHaveLength(1);
  });

  it('forgets what was a minute ago', async () => {
    const { calls, changes, gate, time } = setup();
    await calls(9, 'failing');
    await time.advance(54 * second);
    expect(gate.state().breaker).toMatchObject({ calls: 9, failures: 9 });
    await time.advance(6 * second);
    expect(gate.state().breaker).toMatchObject({ calls: 0, failures: 0 });
    await calls(9, 'failing');
    expect(changes).toEqual([]);
  });

  it('lets exactly one probe through when its time is over, and two good ones close it', async () => {
    const { gate, calls, changes, time } = setup();
    await calls(10, 'failing');
    await time.advance(30 * second - 1);
    expect(refused(gate.enter(many))).toEqual({ parked: 'breaker-open', retryInMs: 1 });
    await time.advance(1);
    const probe = granted(gate.enter(many));
    expect(refused(gate.enter(many))).toEqual({ parked: 'breaker-open', retryInMs: second });
    await time.advance(5 * second);
    expect(refused(gate.enter(many))).toEqual({ parked: 'breaker-open', retryInMs: 5 * second });
    probe.end('healthy');
    expect(gate.state().breaker.state).toBe('half-open');
    const next = granted(gate.enter(many));
    refused(gate.enter(many));
    next.end('healthy');
    granted(gate.enter(many));
    granted(gate.enter(many));
    expect(changes.map(({ state, at }) => [state, at])).toEqual([
      ['open', '2026-03-01T12:00:00.000Z'],
      ['half-open', '2026-03-01T12:00:30.000Z'],
      ['closed', '2026-03-01T12:00:35.000Z'],
    ]);
    expect(gate.state().breaker).toMatchObject({ calls: 0, failures: 0, trips: 1 });
  });

  it('opens for twice as long each time a probe fails, up to ten minutes, and anew after closing', async () => {
    const { gate, calls, call, time } = setup();
    await calls(10, 'failing');
    const lengths: number[] = [];
    for (let trip = 0; trip < 7; trip++) {
      const { retryInMs } = refused(gate.enter(many));
      lengths.push(retryInMs / second);
      await time.advance(retryInMs);
      await call('healthy');
      await call('failing');
    }
    expect(lengths).toEqual([30, 60, 120, 240, 480, 600, 600]);
    await time.advance(10 * minute);
    await calls(2, 'healthy');
    await calls(10, 'failing');
    expect(refused(gate.enter(many)).retryInMs).toBe(30 * second);
  });

  it.each(['void', 'throttled'] as const)(
    'a probe that ends %s frees its place and counts neither way',
    async (how) => {
      const { gate, calls, call, time } = setup();
      await calls(10, 'failing');
      await time.advance(30 * second);
      await call('healthy');
      await call(how);
      await time.advance(10 * second);
      expect(gate.state().breaker.state).toBe('half-open');
      await call('healthy');
      expect(gate.state().breaker.state).toBe('closed');
    },
  );

  it('does not count calls that started before it changed', async () => {
    const { gate, calls, time } = setup();
    const old = Array.from({ length: 20 }, () => granted(gate.enter(many)));
    await calls(10, 'failing');
    await time.advance(30 * second);
    const probe = granted(gate.enter(many));
    for (const permit of old.splice(0, 10)) permit.end('failing');
    refused(gate.enter(many));
    probe.end('healthy');
    granted(gate.enter(many)).end('healthy');
    for (const permit of old) permit.end('failing');
    expect(gate.state().breaker).toMatchObject({ state: 'closed', calls: 0 });
  });

  it('lets those who wait go when it opens', async () => {
    const { gate, calls } = setup();
    await calls(9, 'failing');
    const { started, parked, enter, end } = queueing(gate);
    for (const name of ['a', 'b', 'c', 'd']) enter(name);
    await end('a', 'failing');
    const refusal = { parked: 'breaker-open', retryInMs: 30 * second };
    expect([started, parked]).toEqual([
      ['a', 'b'],
      [
        ['c', refusal],
        ['d', refusal],
      ],
    ]);
    expect(gate.state()).toMatchObject({ running: 1, waiting: 0 });
  });

  it('waits for a slot before it probes, and parks who comes until then', async () => {
    const { gate, calls, time } = setup();
    const hanging = [granted(gate.enter(many)), granted(gate.enter(many))];
    await calls(10, 'failing');
    await time.advance(30 * second);
    expect(refused(gate.enter(limits))).toMatchObject({ parked: 'busy', retryInMs: second });
    hanging[0]!.end('failing');
    granted(gate.enter(limits));
  });

  it('its durations are divided by the time scale', async () => {
    const { gate, calls, time } = setup({ timeScale: 100 });
    await calls(9, 'failing');
    await time.advance(600);
    expect(gate.state().breaker.calls).toBe(0);
    await calls(10, 'failing');
    expect(refused(gate.enter(many)).retryInMs).toBe(300);
    await time.advance(300);
    granted(gate.enter(many));
    expect(refused(gate.enter(many)).retryInMs).toBe(10);
  });

  it('H2.35: after it closed, never more calls run than may, however many come', async () => {
    const { gate, calls, time } = setup();
    await calls(10, 'failing');
    await time.advance(30 * second);
    await calls(2, 'healthy');
    const { started, enter, end } = queueing(gate, many);
    for (let index = 0; index < 1_000; index++) enter(`${index}`);
    for (let ended = 0; ended < 1_000; ended++) {
      expect(gate.state().running).toBe(Math.min(32, 1_000 - ended));
      await end(`${ended}`);
    }
    expect(started).toEqual(Array.from({ length: 1_000 }, (_, index) => `${index}`));
  });

  const f11 =
    'F11: with a service that is up and down for 5 s each, from %d ms after its start, it opens and closes, only probes go meanwhile, and all is done in the end';
  it.each([0, 2_000, 4_000, 5_000, 8_000])(f11, async (after) => {
    const { gate, changes, time } = setup();
    const begin = time.now();
    const passed = () => time.now() - begin;
    const isUp = () => passed() >= 3 * minute || (passed() + after) % (10 * second) < 5 * second;
    let open = 0;
    let probing = 0;
    let done = 0;
    let made = 0;
    const attempt = async () => {
      const outcome = await gate.enter(many);
      if ('parked' in outcome) return time.schedule(attempt, outcome.retryInMs);
      const { state } = gate.state().breaker;
      if (state === 'open') open++;
      if (state === 'half-open') expect(++probing).toBe(1);
      const isGood = isUp();
      time.schedule(() => {
        if (state === 'half-open') probing--;
        outcome.end(isGood ? 'healthy' : 'failing');
        if (isGood) done++;
        else time.schedule(attempt, second);
      }, 50);
    };
    while (passed() < 3 * minute) {
      made++;
      void attempt();
      await time.advance(100);
    }
    await time.advance(20 * minute);
    const opened = changes.filter(({ state }) => state === 'open').length;
    const closed = changes.filter(({ state }) => state === 'closed').length;
    expect(opened).toBeGreaterThanOrEqual(1);
    expect(closed).toBeGreaterThanOrEqual(1);
    expect(gate.state()).toMatchObject({ running: 0, waiting: 0, breaker: { state: 'closed', trips: opened } });
    expect([open, done]).toEqual([0, made]);
  });
});

describe('configured rate (H2.16)', () => {
  it('spaces the calls', async () => {
    const { gate, time } = setup();
    const starts: number[] = [];
    const begin = time.now();
    for (let index = 0; index < 6; index++) {
      void Promise.resolve(gate.enter({ concurrency: 9, ratePerSecond: 4 })).then(() =>
        starts.push(time.now() - begin),
      );
    }
    await time.advance(5 * second);
    expect(starts).toEqual([0, 250, 500, 750, 1_000, 1_250]);
  });

  it('lets at most a tenth of a second of calls start at once', async () => {
    const { gate, time } = setup();
    const paced = { concurrency: 1_000, ratePerSecond: 200 };
    let started = 0;
    for (let index = 0; index < 300; index++) void Promise.resolve(gate.enter(paced)).then(() => started++);
    await settled();
    expect(started).toBe(20);
    await time.advance(second);
    expect(started).toBe(220);
  });

  it('parks those whose turn is more than two seconds away, however slow the rate', async () => {
    const { gate, time } = setup();
    const slow = { concurrency: 9, ratePerSecond: 0.001 };
    granted(gate.enter(slow));
    expect(gate.enter(slow)).toEqual({ parked: 'busy', retryInMs: 1_000 * second });
    await time.advance(999 * second);
    expect(gate.enter(slow)).toBeInstanceOf(Promise);
    expect(gate.enter(slow)).toMatchObject({ parked: 'busy' });
  });
});
