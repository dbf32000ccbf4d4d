import { eventually } from '@patchbay/testing';
import { FaultSystem } from '../faults/rig/fault-system';

// The quick part of the fault suite: the commonest deaths, on one system. The whole is `npm run test:faults`.

const inFlight = 20;
let system: FaultSystem;

beforeAll(async () => void (system = await FaultSystem.start()), 180_000);
afterAll(() => system?.stop(), 60_000);

it('F1 kill -9 of the dispatcher between its publishes loses nothing', async () => {
  await system.dispatcher.stop();
  await system.dispatcher.start({ PATCHBAY_FAILPOINT: 'between-publishes:fatal' });
  await system.load.burst(inFlight, inFlight, { word: 'fatal' });
  await system.dispatcher.exited();
  const since = Date.now();
  await system.dispatcher.start();
  const row = await system.verdict('quick F1', { recoveryMs: await system.recovery(since) });
  expect(row.violations).toEqual([]);
}, 120_000);

it('F2 R1.25 SIGTERM of the dispatcher with calls in flight repeats none of them', async () => {
  system.endpoint.script = () => ({ status: 200, delayMs: 1_000 });
  await system.load.burst(inFlight, inFlight);
  await eventually('there are calls in flight', () => system.endpoint.held() >= inFlight);
  expect(await system.dispatcher.stop()).toEqual({ code: 0, signal: null });
  system.endpoint.script = () => ({ status: 200 });
  const since = Date.now();
  await system.dispatcher.start();
  const row = await system.verdict('quick F2', { recoveryMs: await system.recovery(since) });
  expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
}, 120_000);

it('F4 kill -9 of the broker under load loses nothing it confirmed', async () => {
  const load = system.load.steady({ perSecond: 60 });
  await system.endpoint.waitForCalls(system.endpoint.calls.length + 60);
  await system.broker.kill();
  await system.broker.start();
  const recoveryMs = await system.recovery(Date.now());
  await load.stop();
  const row = await system.verdict('quick F4', { recoveryMs });
  expect(row.violations).toEqual([]);
  expect(recoveryMs).toBeLessThan(20_000);
}, 120_000);

it('F8 kill -9 of PostgreSQL leaves the record whole', async () => {
  const load = system.load.steady({ perSecond: 60 });
  await system.endpoint.waitForCalls(system.endpoint.calls.length + 60);
  await system.database.stop('SIGKILL');
  await system.endpoint.waitForCalls(system.endpoint.calls.length + 60);
  await system.database.start();
  await load.stop();
  const row = await system.verdict('quick F8');
  expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
}, 120_000);
