import { queueNames } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { FaultSystem } from './rig/fault-system';
import { lasting } from './rig/load';

let system: FaultSystem;

beforeAll(async () => void (system = await FaultSystem.start()), 180_000);
afterAll(() => system?.stop(), 60_000);

/** Publishes so many events and resolves when each has been called; they are called while the fault lasts. */
async function calledMeanwhile(count: number): Promise<void> {
  const sent = await system.load.burst(count, count);
  await eventually(
    'events are called while it lasts',
    () => {
      const called = new Set(system.endpoint.calls.map(({ event }) => event));
      return sent.every(({ id }) => called.has(id));
    },
    30_000,
  );
}

/** The time from now until the record knows an event that is sent now. */
async function recorded(): Promise<number> {
  const since = Date.now();
  const [sent] = await system.load.burst(1, 1);
  await eventually(
    'a new event is in the record',
    async () => {
      await lasting(50);
      return (await system.database.query('select 1 from events where id = $1', [sent!.id])).length > 0;
    },
    60_000,
  );
  return Date.now() - since;
}

async function expectNothingGivenUp(): Promise<void> {
  expect(await system.broker.depth(queueNames.poison)).toBe(0);
  const [row] = await system.database.query<{ dead: string }>(
    `select count(*) as dead from deliveries where status not in ('succeeded', 'retrying')`,
  );
  expect(row!.dead).toBe('0');
}

describe('PostgreSQL goes away', () => {
  it.each([
    ['stop', 'SIGINT', 3_000],
    ['kill -9', 'SIGKILL', 1_000],
    ['60 s down', 'SIGINT', 60_000],
  ] as const)(
    'F8 R1.15 %s: events are called meanwhile, and the record is whole afterwards',
    async (name, signal, lastsMs) => {
      const load = system.load.steady({ perSecond: 40 });
      await system.endpoint.waitForCalls(system.endpoint.calls.length + 40);
      await system.database.stop(signal);
      const back = lasting(lastsMs);
      await calledMeanwhile(20);
      await back;
      await system.database.start();
      const recoveryMs = await recorded();
      await load.stop();
      const row = await system.verdict(`F8 PostgreSQL ${name}`, { recoveryMs });
      expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
      await expectNothingGivenUp();
    },
    240_000,
  );

  it('F8 every connection taken: the record waits and is whole afterwards', async () => {
    const load = system.load.steady({ perSecond: 40 });
    const clients = await takeConnections();
    // What the services hold is taken from them, so that they need new ones.
    await clients[0]!.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> all($1) and datname = 'patchbay'`,
      [await pidsOf(clients)],
    );
    await calledMeanwhile(20);
    await lasting(5_000);
    await Promise.all(clients.map((client) => client.end()));
    const recoveryMs = await recorded();
    await load.stop();
    const row = await system.verdict('F8 connections exhausted', { recoveryMs });
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
    await expectNothingGivenUp();
  }, 240_000);

  it('F8 a lock held for 30 s: the record waits, calls do not', async () => {
    const load = system.load.steady({ perSecond: 40 });
    const client = new Client({ connectionString: system.database.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('lock table deliveries.deliveries in access exclusive mode');
    await calledMeanwhile(20);
    await lasting(30_000);
    await client.query('rollback');
    await client.end();
    const recoveryMs = await recorded();
    await load.stop();
    const row = await system.verdict('F8 lock of 30 s', { recoveryMs });
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
    await expectNothingGivenUp();
  }, 240_000);
});

describe('config-service goes away', () => {
  it('F9 while events flow: they go on flowing', async () => {
    await system.configService.kill();
    await calledMeanwhile(20);
    const row = await system.verdict('F9 config-service down');
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
  }, 240_000);

  it('F9 and the dispatcher starts anew: it works with the configuration it kept', async () => {
    await system.configService.kill();
    await system.dispatcher.stop();
    const since = Date.now();
    await system.dispatcher.start();
    const recoveryMs = await system.recovery(since);
    const row = await system.verdict('F9 start without config-service', { recoveryMs });
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
  }, 240_000);

  it('F9 and the dispatcher starts with none: it is not ready and leaves the lanes alone until it has one', async () => {
    await system.configService.kill();
    await system.dispatcher.stop();
    rmSync(join(system.folder, 'snapshot.0.json'));
    system.dispatcher.spawn();
    await eventually('it answers its probes', async () => (await system.dispatcher.health()) === 503, 30_000);
    const before = system.endpoint.calls.length;
    await system.load.burst(50);
    await eventually('they wait in the lanes', async () => {
      const queues = await system.broker.queues();
      return (
        50 <= queues.filter(({ name }) => name.includes('.lane.')).reduce((sum, { messages }) => sum + messages, 0)
      );
    });
    expect(system.endpoint.calls.length).toBe(before);
    expect(await system.dispatcher.health()).toBe(503);
    const since = Date.now();
    await system.configService.start();
    await system.dispatcher.ready();
    const recoveryMs = await system.recovery(since);
    const row = await system.verdict('F9 no configuration yet', { recoveryMs });
    expect(row).toMatchObject({ violations: [], duplicateCalls: 0 });
    await expectNothingGivenUp();
  }, 240_000);
});

/** Connects until the database takes no more. */
async function takeConnections(): Promise<Client[]> {
  const clients: Client[] = [];
  for (;;) {
    const client = new Client({ connectionString: system.database.databaseUrl });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch {
      return clients;
    }
    clients.push(client);
  }
}

async function pidsOf(clients: Client[]): Promise<number[]> {
  const rows = await Promise.all(
    clients.map((client) => client.query<{ pid: number }>('select pg_backend_pid() as pid')),
  );
  return rows.map(({ rows: [row] }) => row!.pid);
}
