import type { Permit, Refusal } from './gate';
import { Gates } from './gates';
import { aVirtualTime, settled, type VirtualTime } from './virtual-time.builder';

const second = 1_000;
const limits = { concurrency: 100, ratePerSecond: undefined };

function setup() {
  const time = aVirtualTime();
  const gate = new Gates(time).of('one');
  const start = () => gate.enter(limits) as Permit;
  return { time, gate, start };
}

/** Comes `perSecond` times, and answers 429 what `capacity` per second does not allow. Returns the starts by second. */
async function load(
  { time, gate }: { time: VirtualTime; gate: ReturnType<Gates['of']> },
  perSecond: number,
  seconds: number,
  capacity: (startedInSecond: number) => boolean,
) {
  const starts: number[] = [];
  let tooMany = 0;
  const begin = time.now();
  const run = (permit: Permit | Refusal) => {
    if ('parked' in permit) return;
    const at = Math.floor((time.now() - begin) / second);
    starts[at] = (starts[at] ?? 0) + 1;
    const isTooMany = !capacity(starts[at]);
    if (isTooMany) tooMany++;
    time.schedule(() => permit.end(isTooMany ? 'throttled' : 'healthy'), 20);
  };
  for (let made = 0; made < perSecond * seconds; made++) {
    void Promise.resolve(gate.enter(limits)).then(run);
    await time.advance(second / perSecond);
  }
  return { starts, tooMany };
}

it('halves the pace on a 429, and learns nothing from those that were on their way', async () => {
  const { time, gate, start } = setup();
  const running: Permit[] = [];
  for (let made = 0; made < 40; made++) {
    running.push(start());
    await time.advance(50);
  }
  for (const permit of running.splice(0, 20)) permit.end('throttled');
  // 40 calls in 2 s.
  expect(gate.state().pace).toBeCloseTo(10);
  await time.advance(3 * second);
  expect(gate.state().pace).toBeCloseTo(16);
  for (const permit of running) permit.end('throttled');
  expect(gate.state().pace).toBeCloseTo(16);
});

it('halves at most once per second', async () => {
  const { time, gate, start } = setup();
  for (let made = 0; made < 40; made++) start().end(made === 39 ? 'throttled' : 'healthy');
  expect(gate.state().pace).toBe(20);
  await time.advance(500);
  start().end('throttled');
  expect(gate.state().pace).toBe(20);
  await time.advance(500);
  start().end('throttled');
  // Two calls in that second.
  expect(gate.state().pace).toBe(1);
});

it('halves on and on while every call is too many, down to one call in five seconds', async () => {
  const { time, gate } = setup();
  const paces: number[] = [];
  for (let round = 0; round < 20; round++) {
    const coming = Promise.resolve(gate.enter(limits));
    await time.advance(2 * second);
    const outcome = await coming;
    if ('parked' in outcome) continue;
    outcome.end('throttled');
    paces.push(Math.round(gate.state().pace! * 100) / 100);
  }
  expect(paces.slice(0, 3)).toEqual([0.25, 0.23, 0.2]);
  expect(Math.min(...paces)).toBe(0.2);
  expect(paces.length).toBeGreaterThan(5);
});

it('each quiet second adds a tenth of the rate at which the 429 came, until nothing is left of it', async () => {
  const { time, gate, start } = setup();
  for (let made = 0; made < 40; made++) start().end(made === 39 ? 'throttled' : 'healthy');
  const paces: (number | null)[] = [];
  for (let passed = 0; passed < 27; passed++) {
    paces.push(gate.state().pace);
    await time.advance(second);
  }
  expect(paces.slice(0, 4)).toEqual([20, 24, 28, 32]);
  // Beyond twice that rate, 80, from the 16th second on; forgotten ten seconds later.
  expect([paces[15], paces[16], paces[25], paces[26]]).toEqual([80, 84, 120, null]);
});

it('starts as many calls as the service takes, whatever comes, with few 429s', async () => {
  const { starts, tooMany } = await load(setup(), 60, 120, (started) => started <= 10);
  const lately = starts.slice(20).reduce((sum, count) => sum + count, 0);
  // 10 per second are taken; additive increase probes beyond that and falls back.
  expect(lately / 100).toBeGreaterThan(5);
  expect(lately / 100).toBeLessThan(15);
  expect(tooMany).toBeLessThan(0.4 * (lately + 200));
});

it('calls as fast as ever again when the service takes it', async () => {
  const all = setup();
  await load(all, 60, 20, (started) => started <= 10);
  expect(all.gate.state().pace).not.toBeNull();
  const { starts, tooMany } = await load(all, 60, 100, () => true);
  expect(starts.slice(-10)).toEqual(new Array(10).fill(60));
  expect([tooMany, all.gate.state().pace]).toEqual([0, null]);
});

it('keeps to the lower of the configured and the learnt rate', async () => {
  const { time, gate, start } = setup();
  for (let made = 0; made < 40; made++) start().end(made === 39 ? 'throttled' : 'healthy');
  await time.advance(second);
  const startedUnder = async (ratePerSecond: number) => {
    let started = 0;
    for (let made = 0; made < 20; made++) {
      void Promise.resolve(gate.enter({ ...limits, ratePerSecond })).then((outcome) => {
        if ('end' in outcome) started++;
      });
    }
    await time.advance(900);
    return started;
  };
  expect(await startedUnder(3)).toBeLessThanOrEqual(3);
  await time.advance(60 * second);
  expect(gate.state().pace).toBeNull();
  expect(await startedUnder(3)).toBe(3);
});

it('lets those in line go who would wait too long at the lower pace, the last first', async () => {
  const { time, gate } = setup();
  const paced = { concurrency: 100, ratePerSecond: 10 };
  const first = gate.enter(paced) as Permit;
  const parked: number[] = [];
  for (let index = 0; index < 15; index++) {
    void Promise.resolve(gate.enter(paced)).then((outcome) => 'parked' in outcome && parked.push(index));
  }
  expect(gate.state().waiting).toBe(15);
  first.end('throttled');
  await settled();
  expect(gate.state().pace).toBe(0.5);
  // One call in two seconds: only the first may still expect to start.
  expect(parked).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  await time.advance(2 * second);
  expect(gate.state()).toMatchObject({ running: 1, waiting: 0 });
});

describe('Retry-After (H2.32)', () => {
  it('nothing starts before the service wants to be called again', async () => {
    const { time, gate, start } = setup();
    start().end('throttled', 10 * second);
    expect(gate.enter(limits)).toEqual({ parked: 'throttled', retryInMs: 10 * second });
    await time.advance(8 * second - 1);
    expect(gate.enter(limits)).toEqual({ parked: 'throttled', retryInMs: 2 * second + 1 });
    await time.advance(1);
    let startedAt: number | undefined;
    const begin = time.now();
    void Promise.resolve(gate.enter(limits)).then(() => (startedAt = time.now() - begin));
    await time.advance(5 * second);
    expect(startedAt).toBe(2 * second);
  });

  it('those in line are let go when the wait is long', async () => {
    const { gate } = setup();
    const one = { concurrency: 1, ratePerSecond: undefined };
    const first = gate.enter(one) as Permit;
    const next = gate.enter(one);
    first.end('throttled', 3 * second);
    expect(await next).toEqual({ parked: 'throttled', retryInMs: 3 * second });
  });

  it('is honoured up to a minute, also when it comes with a 429 that lowers nothing, and the longest counts', async () => {
    const { time, gate, start } = setup();
    const [first, late] = [start(), start()];
    first.end('throttled', 30 * second);
    late.end('throttled', 24 * 3_600 * second);
    expect(gate.enter(limits)).toEqual({ parked: 'throttled', retryInMs: 60 * second });
    await time.advance(60 * second);
    const again = start();
    again.end('throttled', 1);
    expect(gate.state().pace).toBe(0.5);
  });

  it('the pace does not grow while the service rests', async () => {
    const { time, gate, start } = setup();
    for (let made = 0; made < 40; made++) start().end(made === 39 ? 'throttled' : 'healthy', 30 * second);
    await time.advance(30 * second);
    expect(gate.state().pace).toBe(20);
    await time.advance(second);
    expect(gate.state().pace).toBe(24);
  });
});
