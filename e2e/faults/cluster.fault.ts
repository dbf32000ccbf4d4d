import { FaultSystem } from './rig/fault-system';
import { lasting } from './rig/load';
import type { BrokerNode } from './rig/broker-node';

/** The first node is asked how the queues are, so the others fail. */
let system: FaultSystem;
let second: BrokerNode;
let third: BrokerNode;

beforeAll(async () => {
  system = await FaultSystem.start({ brokers: 3 });
  [, second, third] = system.brokers as [BrokerNode, BrokerNode, BrokerNode];
}, 240_000);
afterAll(() => system?.stop(), 60_000);

/** Under load: resolves with the time from the return of the node to the next call. */
async function underLoad(name: string, breaks: () => Promise<unknown>, lastsMs: number, heals: () => Promise<unknown>) {
  const load = system.load.steady({ perSecond: 25 });
  await system.endpoint.waitForCalls(system.endpoint.calls.length + 40);
  await breaks();
  await lasting(lastsMs);
  await heals();
  const recoveryMs = await system.recovery(Date.now(), 90_000);
  await load.stop();
  return system.verdict(name, { recoveryMs, withinMs: 150_000 });
}

/** The node, of those that may fail, that leads most queues. */
async function busiest(): Promise<BrokerNode> {
  const queues = await system.broker.queues();
  const led = ({ node }: BrokerNode) => queues.filter(({ leader }) => leader === node.name).length;
  return led(second) >= led(third) ? second : third;
}

describe('a cluster of three brokers', () => {
  it('F5 R1.26 a leader that is killed: nothing is lost, and no service is started anew', async () => {
    const leader = await busiest();
    const row = await underLoad(
      'F5 leader kill -9',
      () => leader.kill(),
      10_000,
      () => leader.start(),
    );
    expect(row.violations).toEqual([]);
  }, 400_000);

  it('F5 R1.26 a leader that is frozen for 20 s: nothing is lost', async () => {
    const leader = await busiest();
    const row = await underLoad(
      'F5 leader SIGSTOP 20 s',
      () => leader.signal('SIGSTOP'),
      20_000,
      () => leader.signal('SIGCONT'),
    );
    expect(row.violations).toEqual([]);
  }, 400_000);

  it('F5 two nodes lost: without a quorum nothing is accepted, and all goes on when they are back', async () => {
    let status = 0;
    const row = await underLoad(
      'F5 two nodes lost',
      () => Promise.all([second.kill(), third.kill()]),
      5_000,
      async () => {
        const post = async (event: object) => system.rest(system.eventIngest).post('/v1/events', event);
        status = (await system.load.offerBy(post)).status;
        await Promise.all([second.start(), third.start()]);
      },
    );
    expect(status).toBe(503);
    expect(row.violations).toEqual([]);
  }, 400_000);

  it('F5 a rolling restart of the brokers loses nothing', async () => {
    const restart = async (node: BrokerNode) => {
      await node.signal('SIGTERM');
      await node.start();
    };
    const row = await underLoad(
      'F5 rolling restart',
      async () => {
        for (const node of [third, second, system.broker]) {
          await restart(node);
          await lasting(3_000);
        }
      },
      0,
      async () => undefined,
    );
    expect(row.violations).toEqual([]);
    expect(system.services.map(({ name, crashes }) => [name, crashes])).toEqual(
      system.services.map(({ name }) => [name, 0]),
    );
  }, 400_000);
});
