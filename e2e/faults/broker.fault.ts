import { exchangeNames, laneOf, queueNames } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { FaultSystem } from './rig/fault-system';
import { lasting } from './rig/load';

let system: FaultSystem;

beforeAll(async () => void (system = await FaultSystem.start()), 180_000);
afterAll(() => system?.stop(), 60_000);

/** Under load: does what breaks it, lets it last, does what heals it; resolves with the time to the next call. */
async function underLoad(fault: { breaks(): Promise<unknown>; heals(): Promise<unknown>; lastsMs: number }) {
  const load = system.load.steady({ perSecond: 60 });
  await system.endpoint.waitForCalls(system.endpoint.calls.length + 60);
  await fault.breaks();
  await lasting(fault.lastsMs);
  await fault.heals();
  const recoveryMs = await system.recovery(Date.now());
  await load.stop();
  return recoveryMs;
}

/** How HTTP intake answers an event now, and how long it takes. */
async function offerByHttp(): Promise<{ status: number; tookMs: number }> {
  const since = Date.now();
  const { status } = await system.load.offerBy(async (event) =>
    system.rest(system.eventIngest).post('/v1/events', event),
  );
  return { status, tookMs: Date.now() - since };
}

describe('a broker that goes away', () => {
  it('F4 by kill -9 loses nothing it confirmed, and calls go out again within 20 s of its return', async () => {
    const recoveryMs = await underLoad({
      breaks: () => system.broker.kill(),
      lastsMs: 1_000,
      heals: () => system.broker.start(),
    });
    const row = await system.verdict('F4 broker kill -9', { recoveryMs });
    expect(row.violations).toEqual([]);
    expect(recoveryMs).toBeLessThan(20_000);
  }, 240_000);

  it('F4 by stop_app and start_app loses nothing, and calls go out again within 20 s', async () => {
    const recoveryMs = await underLoad({
      breaks: () => system.broker.ctl('stop_app'),
      lastsMs: 1_000,
      heals: () => system.broker.ctl('start_app'),
    });
    const row = await system.verdict('F4 broker stop_app', { recoveryMs });
    expect(row.violations).toEqual([]);
    expect(recoveryMs).toBeLessThan(20_000);
  }, 240_000);

  it('F4 for 30 s loses nothing, and HTTP intake answers 503 meanwhile, not later than 15 s', async () => {
    let offered = { status: 0, tookMs: Infinity };
    const recoveryMs = await underLoad({
      breaks: () => system.broker.kill(),
      lastsMs: 30_000,
      async heals() {
        offered = await offerByHttp();
        await system.broker.start();
      },
    });
    const row = await system.verdict('F4 broker 30 s down', { recoveryMs });
    expect(row.violations).toEqual([]);
    expect(offered.status).toBe(503);
    expect(offered.tookMs).toBeLessThan(15_000);
    expect(recoveryMs).toBeLessThan(20_000);
  }, 240_000);
});

describe('a broker out of memory', () => {
  it('F6 R1.6 stops what comes in, not what is acked, and all goes on when it has room again', async () => {
    const alarm = (mark: string[]) => system.broker.ctl('set_vm_memory_high_watermark', ...mark);
    let offered = { status: 0, tookMs: Infinity };
    const recoveryMs = await underLoad({
      breaks: () => alarm(['absolute', '1MB']),
      lastsMs: 15_000,
      async heals() {
        offered = await offerByHttp();
        await alarm(['0.4']);
      },
    });
    const row = await system.verdict('F6 memory alarm', { recoveryMs });
    expect(row.violations).toEqual([]);
    expect(offered.status).toBe(503);
    expect(offered.tookMs).toBeLessThan(15_000);
  }, 240_000);
});

describe('a dispatcher that dies while the broker takes nothing', () => {
  it('F6 R1.41 has acked nothing whose outcome was not confirmed', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    system.endpoint.script = () => ({ status: 200, when: held });
    const before = system.endpoint.calls.length;
    await system.load.burst(20, 20);
    await system.endpoint.waitForCalls(before + 40);
    await system.broker.ctl('set_vm_memory_high_watermark', 'absolute', '1MB');
    release();
    await eventually('every call is answered', () => system.endpoint.held() === 0);
    // A little longer than an ack would take.
    await lasting(1_000);
    await system.dispatcher.kill();
    await system.broker.ctl('set_vm_memory_high_watermark', '0.4');
    const since = Date.now();
    await system.dispatcher.start();
    system.endpoint.script = () => ({ status: 200 });
    const recoveryMs = await system.recovery(since);
    const row = await system.verdict('F6 kill -9 in the alarm', { recoveryMs });
    expect(row.violations).toEqual([]);
  }, 240_000);
});

describe('somebody takes the topology apart', () => {
  const lane = queueNames.lane(laneOf('repaired', 16));
  /** Resolves when an event of the lane's conversation gets through, with the time that took. */
  async function repaired(since: number): Promise<number> {
    return eventually(
      'an event goes through the lane again',
      async () => {
        const sent = await system.load.publish(system.load.event('repaired'));
        await lasting(500);
        return system.endpoint.calls.some(({ event }) => event === sent.id) && Date.now() - since;
      },
      60_000,
    );
  }

  it('F7 an empty lane that is deleted is there again and consumed within 30 s', async () => {
    await system.broker.management('delete', `/queues/%2F/${lane}`);
    const recoveryMs = await repaired(Date.now());
    const row = await system.verdict('F7 lane deleted', { recoveryMs });
    expect(row.violations).toEqual([]);
    // Half a second is what the look itself takes.
    expect(recoveryMs).toBeLessThan(30_500);
  }, 240_000);

  it('F7 R1.3 a lane that is unbound keeps its events in the intake until it is bound again, within 30 s', async () => {
    const key = `${lane.split('.').at(-1)}.%23`;
    await system.broker.management('delete', `/bindings/%2F/e/${exchangeNames.events}/q/${lane}/${key}`);
    const recoveryMs = await repaired(Date.now());
    const row = await system.verdict('F7 lane unbound', { recoveryMs });
    expect(row.violations).toEqual([]);
    expect(recoveryMs).toBeLessThan(30_500);
  }, 240_000);

  it('F7 an exchange that is deleted is declared again within 30 s, and nothing is lost', async () => {
    await system.broker.management('delete', `/exchanges/%2F/${exchangeNames.events}`);
    const recoveryMs = await repaired(Date.now());
    const row = await system.verdict('F7 exchange deleted', { recoveryMs });
    expect(row.violations).toEqual([]);
    expect(recoveryMs).toBeLessThan(30_500);
  }, 240_000);

  it('F7 R1.20 a consumer that the broker times out consumes again, and nothing is lost', async () => {
    const setLimits = (timeout: string, tick: string) =>
      system.broker.ctl(
        'eval',
        `application:set_env(rabbit,consumer_timeout,${timeout}), application:set_env(rabbit,channel_tick_interval,${tick}).`,
      );
    await setLimits('3000', '1000');
    // The limit is read when a channel opens.
    await system.dispatcher.stop();
    await system.dispatcher.start();
    // Each conversation's first call outlasts the limit once; given out again, it is answered in time.
    const outlasted = new Set<string>();
    system.endpoint.script = ({ key, turn }) => {
      const outlasts = turn === 0 && !outlasted.has(key);
      if (outlasts) outlasted.add(key);
      return { status: 200, delayMs: outlasts ? 8_000 : 0 };
    };
    const before = system.endpoint.calls.length;
    const load = system.load.steady({ perSecond: 20 });
    await system.endpoint.waitForCalls(before + 300, 90_000);
    system.endpoint.script = () => ({ status: 200 });
    await load.stop();
    const recoveryMs = await system.recovery(Date.now());
    await setLimits('1800000', '60000');
    const row = await system.verdict('F7 consumer timeout', { recoveryMs });
    expect(row.violations).toEqual([]);
  }, 240_000);
});
