import { queueNames } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { FaultSystem } from './rig/fault-system';
import { lasting } from './rig/load';

const lastsMs = Number(process.env['FAULT_REPLICAS_MS'] ?? 90_000);

describe('three dispatchers', () => {
  let system: FaultSystem;

  beforeAll(async () => void (system = await FaultSystem.start({ dispatchers: 3 })), 180_000);
  afterAll(() => system?.stop(), 60_000);

  it('F17 R1.46 joining and leaving in turn under load: no lane is without a consumer for 20 s, nothing is out of order or repeated', async () => {
    const load = system.load.steady({ perSecond: 60, conversations: 60 });
    const watch = watchLanes();
    const end = Date.now() + lastsMs;
    for (let turn = 0; Date.now() < end; turn++) {
      const leaving = system.dispatchers[turn % 3]!;
      expect((await leaving.stop()).code).toBe(0);
      await lasting(2_000);
      await leaving.start();
      await lasting(3_000);
    }
    const emptyMs = await watch.stop();
    await load.stop();
    const row = await system.verdict('F17 joining and leaving');
    expect(row).toMatchObject({ violations: [], overlaps: 0, outOfOrder: 0, duplicateCalls: 0 });
    expect(emptyMs).toBeLessThan(20_000);
  }, 400_000);

  it('F17 one after the other killed under load: what was in flight is repeated at most once each, in order', async () => {
    const load = system.load.steady({ perSecond: 60, conversations: 60 });
    for (const victim of system.dispatchers) {
      await lasting(3_000);
      await victim.kill();
      const recovered = await system.recovery(Date.now());
      expect(recovered).toBeLessThan(20_000);
      await victim.start();
    }
    const recoveryMs = await system.recovery(Date.now());
    await load.stop();
    const row = await system.verdict('F17 kill -9 in turn', { recoveryMs });
    expect(row.violations).toEqual([]);
  }, 400_000);

  it('F17 a frozen owner loses its lanes to another within 25 s, and finds its work done when it wakes', async () => {
    const load = system.load.steady({ perSecond: 30, conversations: 60 });
    await lasting(2_000);
    const owner = await eventually('one of them holds lanes', () => ownerOfLanes());
    owner.signal('SIGSTOP');
    const recoveryMs = await system.recovery(Date.now());
    owner.signal('SIGCONT');
    await load.stop();
    const row = await system.verdict('F17 SIGSTOP of the owner', { recoveryMs });
    // Awake again, it may start a call before it hears that its lanes are gone; no broker can prevent that.
    expect(row.violations.filter((violation) => !violation.startsWith('I7 overlap'))).toEqual([]);
    expect(recoveryMs).toBeLessThan(25_000);
  }, 400_000);

  async function ownerOfLanes() {
    for (const dispatcher of system.dispatchers) {
      const { lanesHeld } = await dispatcher.info<{ lanesHeld: number[] }>();
      if (lanesHeld.length > 0) return dispatcher;
    }
    return undefined;
  }

  /** Watches until `stop`, which resolves with the longest time that a lane had no consumer. */
  function watchLanes(): { stop(): Promise<number> } {
    const emptySince = new Map<string, number>();
    let longest = 0;
    let watching = true;
    const look = async () => {
      for (const { name, consumers } of await system.broker.queues()) {
        if (!name.startsWith(queueNames.lane(0).slice(0, -1))) continue;
        if (consumers > 0) emptySince.delete(name);
        else if (!emptySince.has(name)) emptySince.set(name, Date.now());
        longest = Math.max(longest, Date.now() - (emptySince.get(name) ?? Date.now()));
      }
    };
    const looking = (async () => {
      while (watching) {
        await look();
        await lasting(500);
      }
    })();
    return {
      async stop() {
        watching = false;
        await looking;
        return longest;
      },
    };
  }
});
