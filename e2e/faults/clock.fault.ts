import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultSystem } from './rig/fault-system';

const hour = 3_600_000;

let system: FaultSystem;
let clock: string;

beforeAll(async () => {
  system = await FaultSystem.start();
  clock = join(system.folder, 'clock');
  writeFileSync(clock, '0');
  await system.dispatcher.stop();
  const preload = `--require ${join(__dirname, 'rig', 'shift-clock.js')}`;
  await system.dispatcher.start({ NODE_OPTIONS: preload, FAULT_CLOCK: clock });
}, 180_000);
afterAll(() => system?.stop(), 60_000);

/** Lets the clock of the dispatcher jump, to so much ahead of the right time. */
function setClock(aheadMs: number): void {
  writeFileSync(clock, String(aheadMs));
  system.dispatcher.signal('SIGUSR2');
}

/** Every fifth event fails twice, so that retries wait while the clock jumps; too few for the breakers to open. */
function failSome(): void {
  const calls = new Map<string, number>();
  system.endpoint.script = ({ key, event }) => {
    const before = calls.get(key) ?? 0;
    calls.set(key, before + 1);
    const fails = Number.parseInt(event.slice(0, 4), 16) % 5 === 0 && before < 2;
    return { status: fails ? 503 : 200 };
  };
}

describe('the clock of the dispatcher jumps', () => {
  // Back by much more would let what waits wait as much longer: what is due is due by the clock.
  it.each([
    ['an hour ahead', hour],
    ['10 s back', hour - 10_000],
  ])(
    'F18 %s: retries that wait are made, each once, and nothing is lost or stands still',
    async (name, aheadMs) => {
      failSome();
      const load = system.load.steady({ perSecond: 20 });
      await system.endpoint.waitForCalls(system.endpoint.calls.length + 60);
      setClock(aheadMs);
      await system.endpoint.waitForCalls(system.endpoint.calls.length + 60);
      await load.stop();
      const row = await system.verdict(`F18 ${name}`, { withinMs: 60_000 });
      // A jump ahead lets what is parked seem long gone, so that later events may overtake it.
      expect(row.violations.filter((violation) => !violation.startsWith('I7 order'))).toEqual([]);
      expect(row.duplicateCalls).toBe(0);
    },
    180_000,
  );
});
