import { queueNames } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { FaultSystem } from './rig/fault-system';

const backlog = Number(process.env['FAULT_BACKLOG'] ?? 100_000);

describe('a backlog', () => {
  let system: FaultSystem;

  beforeAll(async () => {
    system = await FaultSystem.start({ services: ['answering'], withoutInbox: true });
  }, 180_000);
  afterAll(() => system?.stop(), 60_000);

  it('F15 F14 of 100,000 events is drained within 10 min with a kill -9 in the middle, in order, while nobody takes results', async () => {
    const measuring = setInterval(() => system.services.forEach((service) => service.measure()), 1_000);
    await system.dispatcher.stop();
    // As many conversations as the core system would have had, each with a whole lifecycle.
    await system.load.burst(backlog, backlog / 5);
    await eventually(
      'all of it waits in the lanes',
      async () => (await system.broker.depth(queueNames.intake)) === 0,
      120_000,
    );
    const since = Date.now();
    await system.dispatcher.start();
    await system.endpoint.waitForCalls(Math.floor(backlog / 2), 600_000);
    await system.dispatcher.kill();
    const killed = Date.now();
    await system.dispatcher.start();
    await system.endpoint.waitForCalls(backlog, 600_000);
    await system.quiet(600_000);
    const drainedMs = Date.now() - since;
    clearInterval(measuring);
    const after = system.endpoint.calls.find(({ at }) => at > killed);
    const row = await system.verdict('F15 backlog', { recoveryMs: after!.at - killed, withinMs: 600_000 });
    expect(row.violations).toEqual([]);
    expect(drainedMs).toBeLessThan(600_000);
    // I9: what waits does so in the broker, not in a process.
    for (const service of system.services) expect([service.name, service.peakMb < 400]).toEqual([service.name, true]);
  }, 1_500_000);

  it('F14 its results are all there once, for who comes later', async () => {
    system.takeResults();
    await eventually(
      'every result was taken',
      () => new Set(system.results.map(({ id }) => id)).size >= backlog,
      120_000,
    );
    const row = await system.verdict('F14 results taken late', { withinMs: 120_000 });
    expect(row.violations).toEqual([]);
  }, 300_000);
});
