import fc from 'fast-check';
import type { CallEnd, Gate, Permit, Refusal } from './gate';
import { Gates } from './gates';
import { aVirtualTime, settled } from './virtual-time.builder';

type Step =
  | { step: 'enter'; concurrency: number; ratePerSecond: number | undefined }
  | { step: 'end'; which: number; how: CallEnd; retryAfterMs: number }
  | { step: 'calls'; times: number; how: CallEnd }
  | { step: 'pass'; ms: number };

const passes = fc.constantFrom(0, 1, 100, 900, 1_000, 4_999, 5_000, 29_999, 30_000, 60_000, 120_000, 600_000);
const ends = fc.oneof(
  { weight: 3, arbitrary: fc.constant('healthy' as const) },
  { weight: 3, arbitrary: fc.constant('failing' as const) },
  { weight: 1, arbitrary: fc.constant('void' as const) },
);
const stepsOf = (
  concurrency: fc.Arbitrary<number>,
  ratePerSecond: fc.Arbitrary<number | undefined>,
  how: fc.Arbitrary<CallEnd>,
): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ step: fc.constant('enter' as const), concurrency, ratePerSecond }) },
      {
        weight: 5,
        arbitrary: fc.record({
          step: fc.constant('end' as const),
          which: fc.nat(30),
          how,
          retryAfterMs: fc.constantFrom(0, 0, 500, 5_000, 3_600_000),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ step: fc.constant('calls' as const), times: fc.integer({ min: 1, max: 12 }), how }),
      },
      { weight: 3, arbitrary: fc.record({ step: fc.constant('pass' as const), ms: passes }) },
    ),
    { minLength: 20, maxLength: 120, size: 'max' },
  );

/** What H2.34 says, in lists: no buckets, no epochs, nothing that the gate has. */
class Model {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  openUntil = 0;
  ended: { at: number; failing: boolean }[] = [];
  running = new Set<number>();
  /** Those of `running` that started since the breaker last changed. */
  counted = new Set<number>();
  line: number[] = [];
  private trips = 0;
  private good = 0;

  constructor(private readonly concurrency: number) {}

  /** What has to come of the next call: leave, a refusal for the breaker, or a wait that depends on durations. */
  expects(now: number): 'leave' | 'breaker-open' | 'busy' | 'wait' {
    if (this.state === 'open' && now >= this.openUntil) {
      this.state = 'half-open';
      this.good = 0;
    }
    if (this.state === 'open' || this.isProbing()) return 'breaker-open';
    if (this.running.size < this.concurrency) return 'leave';
    return this.state === 'closed' ? 'wait' : 'busy';
  }

  isProbing(): boolean {
    return this.state === 'half-open' && this.counted.size > 0;
  }

  started(name: number): void {
    this.running.add(name);
    this.counted.add(name);
  }

  /** Returns those of the line that start, and those that are sent away. */
  end(name: number, how: CallEnd, now: number): { start: number[]; away: number[] } {
    this.running.delete(name);
    if (this.counted.delete(name) && how !== 'void') this.count(now, how === 'failing');
    if (this.state !== 'closed') return { start: [], away: this.line.splice(0) };
    const start = this.line.splice(0, this.concurrency - this.running.size);
    start.forEach((next) => this.started(next));
    return { start, away: [] };
  }

  private count(now: number, failing: boolean): void {
    if (this.state === 'half-open') {
      if (failing) this.trip(now);
      else if (++this.good === 2) {
        this.state = 'closed';
        this.trips = 0;
        this.ended = [];
        this.counted.clear();
      }
      return;
    }
    this.ended.push({ at: now, failing });
    // A minute in steps of five seconds.
    const slice = (at: number) => Math.floor(at / 5_000);
    const lately = this.ended.filter(({ at }) => slice(now) - slice(at) < 12);
    const failures = lately.filter((one) => one.failing).length;
    if (lately.length >= 10 && failures / lately.length >= 0.5) this.trip(now);
  }

  private trip(now: number): void {
    this.state = 'open';
    this.openUntil = now + [30, 60, 120, 240, 480, 600][Math.min(5, this.trips++)]! * 1_000;
    this.counted.clear();
  }
}

/** Every call has a number; what came of it is written down in the order it came. */
function recording(gate: Gate) {
  const permits = new Map<number, Permit>();
  const refusals = new Map<number, Refusal>();
  const startOrder: number[] = [];
  let entered = 0;
  const settle = (name: number, outcome: Permit | Refusal) => {
    if ('parked' in outcome) return void refusals.set(name, outcome);
    permits.set(name, outcome);
    startOrder.push(name);
  };
  return {
    permits,
    refusals,
    startOrder,
    enter(limits: { concurrency: number; ratePerSecond: number | undefined }) {
      const name = entered++;
      const outcome = gate.enter(limits);
      if (outcome instanceof Promise) void outcome.then((later) => settle(name, later));
      else settle(name, outcome);
      return { name, isWaiting: outcome instanceof Promise };
    },
    entered: () => entered,
  };
}

it('P6: for every course of calls the breaker and the slots do what a model of lists does', async () => {
  const seen = { open: 0, 'half-open': 0, probes: 0, closings: 0, waits: 0, busy: 0, letGo: 0 };
  const courses = fc.tuple(fc.integer({ min: 1, max: 3 }), stepsOf(fc.constant(1), fc.constant(undefined), ends));
  await fc.assert(
    fc.asyncProperty(courses, async ([concurrency, steps]) => {
      const time = aVirtualTime();
      const gate = new Gates(time).of('one');
      const model = new Model(concurrency);
      const calls = recording(gate);
      const startedAt = new Map<number, number>();
      let durations: number[] = [];

      const enter = () => {
        const expected = model.expects(time.now());
        const ages = [...model.running].map((name) => time.now() - startedAt.get(name)!);
        const { name, isWaiting } = calls.enter({ concurrency, ratePerSecond: undefined });
        const ahead = gate.state().waiting - Number(isWaiting);
        const refusal = calls.refusals.get(name);
        if (refusal) expect(refusal.retryInMs).toBeGreaterThan(0);
        if (expected === 'leave') {
          expect(calls.permits.has(name)).toBe(true);
          model.started(name);
          startedAt.set(name, time.now());
          if (model.isProbing()) seen.probes++;
        } else if (expected === 'wait' && isWaiting) {
          seen.waits++;
          // Quick calls get through whatever waits.
          const quickest = Math.min(...durations, Infinity);
          const isKnown = durations.length > 0 && quickest > 1_000;
          expect((ahead * quickest) / concurrency || 0).toBeLessThanOrEqual(isKnown ? 2_000 : Infinity);
          model.line.push(name);
        } else {
          expect(refusal?.parked).toBe(expected === 'wait' ? 'busy' : expected);
          if (expected === 'wait') {
            seen.busy++;
            expect((ahead * Math.max(...durations, ...ages)) / concurrency).toBeGreaterThan(2_000);
          }
          if (model.state === 'open') expect(refusal?.retryInMs).toBe(model.openUntil - time.now());
        }
        if (model.state !== 'closed') seen[model.state]++;
        return name;
      };
      /** Behind calls that grow old the end of the line is let go. */
      const letGo = async () => {
        await settled();
        const gone = model.line.filter((name) => calls.refusals.has(name));
        if (gone.length === 0) return;
        seen.letGo++;
        const slowest = Math.max(...durations, ...[...model.running].map((one) => time.now() - startedAt.get(one)!));
        expect(model.line.slice(-gone.length)).toEqual(gone);
        model.line.splice(-gone.length);
        expect(gone.map((name) => calls.refusals.get(name)?.parked)).toEqual(gone.map(() => 'busy'));
        expect((model.line.length * slowest) / concurrency).toBeGreaterThan(2_000);
      };
      const end = async (name: number, how: CallEnd) => {
        const wasClosed = model.state === 'closed';
        const { start, away } = model.end(name, how, time.now());
        if (how !== 'void') durations.push(time.now() - startedAt.get(name)!);
        if (!wasClosed && model.state === 'closed') {
          seen.closings++;
          durations = [];
        }
        calls.permits.get(name)!.end(how);
        await settled();
        for (const next of start) startedAt.set(next, time.now());
        expect(start.map((next) => calls.permits.has(next))).toEqual(start.map(() => true));
        expect(away.map((next) => calls.refusals.get(next)?.parked)).toEqual(away.map(() => 'breaker-open'));
        await letGo();
      };

      for (const step of steps) {
        if (step.step === 'pass') await time.advance(step.ms);
        else if (step.step === 'enter') enter();
        else if (step.step === 'calls') {
          for (let made = 0; made < step.times && model.running.size < concurrency; made++) {
            const name = enter();
            if (model.running.has(name)) await end(name, step.how);
          }
        } else {
          const running = [...model.running];
          const ended = [...calls.permits.keys()].filter((name) => !model.running.has(name));
          if (running.length > 0) await end(running[step.which % running.length]!, step.how);
          // To end a call once more changes nothing.
          if (ended.length > 0) calls.permits.get(ended[step.which % ended.length]!)!.end('failing');
        }
        await letGo();
        expect(gate.state()).toMatchObject({ running: model.running.size, waiting: model.line.length });
      }
      while (model.running.size > 0) await end([...model.running][0]!, 'healthy');
      expect(calls.permits.size + calls.refusals.size).toBe(calls.entered());
      expect(calls.startOrder).toEqual([...calls.startOrder].sort((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
  // The courses went everywhere.
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(10);
}, 60_000);

it('P6: for every course of calls, limits and 429s, no call is lost, overtakes, starts too soon or too many at once', async () => {
  const throttling = fc.oneof(
    { weight: 3, arbitrary: ends },
    { weight: 1, arbitrary: fc.constant('throttled' as const) },
  );
  const rates = fc.constantFrom(undefined, undefined, 0.5, 7, 300);
  const seen = { paced: 0, resting: 0, throttled: 0, busy: 0, 'breaker-open': 0 };
  await fc.assert(
    fc.asyncProperty(stepsOf(fc.integer({ min: 1, max: 4 }), rates, throttling), async (steps) => {
      const time = aVirtualTime();
      const gate = new Gates(time).of('one');
      const calls = recording(gate);
      const ended = new Set<number>();
      let limits: { concurrency: number; ratePerSecond: number | undefined } = {
        concurrency: 1,
        ratePerSecond: undefined,
      };
      let restsUntil = 0;
      let known = 0;
      const check = (enteredWith = limits) => {
        const { running, pace } = gate.state();
        const started = calls.startOrder.slice(known);
        known = calls.startOrder.length;
        expect(running).toBe(calls.permits.size - ended.size);
        if (started.length > 0) {
          expect(running).toBeLessThanOrEqual(enteredWith.concurrency);
          expect(time.now()).toBeGreaterThanOrEqual(restsUntil);
          const rate = Math.min(pace ?? Infinity, enteredWith.ratePerSecond ?? Infinity);
          expect(started.length).toBeLessThanOrEqual(Math.max(1, rate * 0.1) + 1e-6);
        }
        if (pace !== null) {
          seen.paced++;
          expect(pace).toBeGreaterThanOrEqual(0.2);
        }
        if (restsUntil > time.now()) seen.resting++;
      };
      const end = async (name: number, how: CallEnd, retryAfterMs: number) => {
        if (how === 'throttled') restsUntil = Math.max(restsUntil, time.now() + Math.min(60_000, retryAfterMs));
        ended.add(name);
        calls.permits.get(name)!.end(how, retryAfterMs);
        await settled();
        check();
      };
      const running = () => [...calls.permits.keys()].filter((name) => !ended.has(name));

      for (const step of steps) {
        if (step.step === 'enter') {
          limits = { concurrency: step.concurrency, ratePerSecond: step.ratePerSecond };
          calls.enter(limits);
          await settled();
          check();
        } else if (step.step === 'end' && running().length > 0) {
          await end(running()[step.which % running().length]!, step.how, step.retryAfterMs);
        } else if (step.step === 'calls') {
          for (let made = 0; made < step.times; made++) {
            const { name } = calls.enter(limits);
            await settled();
            check();
            if (calls.permits.has(name)) await end(name, step.how, 0);
          }
        } else if (step.step === 'pass') {
          // In small steps, so that each start is seen in its moment.
          for (let passed = 0; passed < Math.min(step.ms, 600); passed++) {
            await time.advance(1);
            if (calls.startOrder.length > known) check();
          }
          await time.advance(Math.max(0, step.ms - 600));
          known = calls.startOrder.length;
        }
      }
      for (let rounds = 0; rounds < 5_000 && gate.state().running + gate.state().waiting > 0; rounds++) {
        for (const name of running()) await end(name, 'healthy', 0);
        await time.advance(1_000);
        known = calls.startOrder.length;
      }
      for (const { parked, retryInMs } of calls.refusals.values()) {
        seen[parked]++;
        expect(Number.isInteger(retryInMs) && retryInMs >= 1).toBe(true);
      }
      expect(calls.permits.size + calls.refusals.size).toBe(calls.entered());
      expect(calls.startOrder).toEqual([...calls.startOrder].sort((a, b) => a - b));
    }),
    { numRuns: 100 },
  );
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(10);
}, 60_000);
