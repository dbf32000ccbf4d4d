import { FaultSystem } from './rig/fault-system';
import { lasting } from './rig/load';
import type { Link } from './rig/link';

/** Two heartbeats of 10 s that do not come, and what connecting again takes. */
const detectedMs = 25_000;

let system: FaultSystem;

beforeAll(async () => void (system = await FaultSystem.start({ links: true })), 180_000);
afterAll(() => system?.stop(), 60_000);

const sides = ['dispatcher', 'eventIngest'] as const;

/** Always the same, so that a run can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Under load: what `breaks` does to the link lasts so long and is healed; resolves with the time to the next call. */
async function broken(link: Link, breaks: (link: Link) => void, lastsMs: number): Promise<number> {
  const load = system.load.steady({ perSecond: 25 });
  await system.endpoint.waitForCalls(system.endpoint.calls.length + 40);
  breaks(link);
  await lasting(lastsMs);
  link.heal();
  const recoveryMs = await system.recovery(Date.now());
  await load.stop();
  return recoveryMs;
}

describe.each(sides)('the link from %s to the broker', (side) => {
  it.each([
    ['cut for 5 s', (link: Link) => link.cut(), 5_000],
    ['500 ms slow', (link: Link) => link.delay(500), 10_000],
    ['stuttering', (link: Link) => link.stutter(0.05, 1_000, seeded(7)), 10_000],
  ] as const)(
    'F13 %s: nothing is lost, and it goes on',
    async (name, breaks, lastsMs) => {
      const recoveryMs = await broken(system.links[side]!, breaks, lastsMs);
      const row = await system.verdict(`F13 ${side} ${name}`, { recoveryMs });
      expect(row.violations).toEqual([]);
      expect(recoveryMs).toBeLessThan(20_000);
    },
    180_000,
  );
});

describe('a link that swallows what is sent', () => {
  it.each([
    ['to', 'up'],
    ['from', 'down'],
  ] as const)(
    'F13 R1.23 %s the broker: heartbeats find out within 25 s, and work goes on over a new connection',
    async (name, direction) => {
      const load = system.load.steady({ perSecond: 25 });
      await system.endpoint.waitForCalls(system.endpoint.calls.length + 40);
      const since = Date.now();
      const lines = system.dispatcher.log().length;
      system.links.dispatcher!.swallow(direction);
      const lost = () => /connection|broker/.test(system.dispatcher.log().slice(lines));
      while (!lost() && Date.now() - since < 2 * detectedMs) await lasting(100);
      const noticedMs = Date.now() - since;
      system.links.dispatcher!.heal();
      const recoveryMs = await system.recovery(Date.now());
      await load.stop();
      const row = await system.verdict(`F13 silent ${name} the broker`, { recoveryMs });
      expect(row.violations).toEqual([]);
      expect(noticedMs).toBeLessThan(detectedMs);
    },
    240_000,
  );
});
