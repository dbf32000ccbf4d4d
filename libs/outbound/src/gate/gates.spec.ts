import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { BreakerChange } from './breaker';
import type { CallEnd, CallLimits, Permit } from './gate';
import { Gates } from './gates';
import { aVirtualTime } from './virtual-time.builder';

const second = 1_000;
const minute = 60 * second;
const limits: CallLimits = { concurrency: 32, ratePerSecond: undefined };

function setup() {
  const time = aVirtualTime();
  const changes: [string, BreakerChange['state']][] = [];
  const gates = new Gates({ ...time, onBreakerChange: (id, { state }) => changes.push([id, state]) });
  const call = (id: string, how: CallEnd, own = limits) => (gates.of(id).enter(own) as Permit).end(how);
  const trip = (id: string) => Array.from({ length: 10 }, () => call(id, 'failing'));
  const known = () => gates.states().map(({ id }) => id);
  return { time, gates, changes, call, trip, known };
}

it('each integration has a gate of its own, the same for as long as it is used', async () => {
  const { gates, trip, changes } = setup();
  trip('one');
  expect(changes).toEqual([['one', 'open']]);
  expect(gates.of('one').enter(limits)).toMatchObject({ parked: 'breaker-open' });
  expect(gates.of('other').enter(limits)).toHaveProperty('end');
});

it('forgets a gate some minutes after its last call', async () => {
  const { time, call, known } = setup();
  call('one', 'healthy');
  await time.advance(4 * minute);
  call('two', 'failing');
  expect(known()).toEqual(['one', 'two']);
  await time.advance(2 * minute);
  expect(known()).toEqual(['two']);
});

it('forgets without being asked for a list, when another is new', async () => {
  const { time, gates, call } = setup();
  const old = gates.of('old');
  call('old', 'healthy');
  await time.advance(6 * minute);
  expect(gates.of('old')).toBe(old);
  gates.of('new');
  expect(gates.of('old')).not.toBe(old);
});

it('keeps a gate with a call, a line, a breaker that is not closed, a learnt pace or a rate to keep to', async () => {
  const { time, gates, call, trip, known } = setup();
  const running = gates.of('running').enter(limits) as Permit;
  trip('tripped');
  call('slow', 'healthy', { concurrency: 1, ratePerSecond: 0.001 });
  await time.advance(10 * minute);
  expect(known()).toEqual(['running', 'tripped', 'slow']);
  running.end('throttled', minute);
  call('tripped', 'healthy');
  call('tripped', 'healthy');
  await time.advance(10 * minute);
  expect(known()).toEqual([]);
  const late = gates.of('running');
  running.end('failing');
  expect(late.state()).toMatchObject({ running: 0, breaker: { calls: 0 } });
});

it('closes and forgets what nobody called for an hour', async () => {
  const { time, trip, changes, known } = setup();
  trip('gone');
  await time.advance(59 * minute);
  expect(known()).toEqual(['gone']);
  await time.advance(minute);
  expect(known()).toEqual([]);
  expect(changes).toEqual([
    ['gone', 'open'],
    ['gone', 'half-open'],
    ['gone', 'closed'],
  ]);
});

it('waits with timers of its own unless it is given others', async () => {
  const gates = new Gates({ now: () => performance.timeOrigin + performance.now() });
  const paced = { concurrency: 9, ratePerSecond: 10 };
  const begin = performance.now();
  await Promise.all([gates.of('one').enter(paced), gates.of('one').enter(paced), gates.of('one').enter(paced)]);
  // Two gaps of 100 ms; timers may be a millisecond early.
  expect(performance.now() - begin).toBeGreaterThanOrEqual(198);
});

it('ten thousand gates that were used take less than 2 KB each', () => {
  const { gates, call } = setup();
  // Whatever the compiler makes of the code is made before.
  call('warm', 'failing');
  const before = heapUsed();
  for (let index = 0; index < 10_000; index++) call(`${index}`, index % 2 === 0 ? 'healthy' : 'throttled');
  const bytes = (heapUsed() - before) / 10_000;
  expect(gates.states()).toHaveLength(10_001);
  expect(bytes).toBeLessThan(2_048);
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
