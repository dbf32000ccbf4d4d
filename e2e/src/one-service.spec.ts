import { eventually } from '@patchbay/testing';
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { anEvent, type SentEvent } from './an-event';
import { readLedger } from './ledger';
import { canFindProcesses, findService, interrupt, startAgain } from './service-process';
import { System } from './system';

const listener = 'Example 2: listener';
const batch = 40;

const describeWhereFound = canFindProcesses ? describe : describe.skip;
if (!canFindProcesses) process.stderr.write('skipped: stopping single services needs a system with /proc\n');

describeWhereFound('Ctrl-C on one service under load, and a new start of it', () => {
  const restarted: ChildProcess[] = [];
  let system: System;

  beforeAll(async () => {
    system = await System.start();
    await system.configurationArrived();
  }, 180_000);

  afterAll(async () => {
    // The launcher knows nothing of these.
    for (const child of restarted.filter(({ exitCode }) => exitCode === null)) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await system?.stop();
  }, 120_000);

  async function publishBatch(): Promise<SentEvent[]> {
    const events = Array.from({ length: batch }, () => anEvent('allocated', 'unattended'));
    await Promise.all(events.map((event) => system.publish(event)));
    return events;
  }

  /** Ids of the events whose delivery to the listener is recorded as succeeded. */
  async function delivered(): Promise<Set<string>> {
    const ids = new Set<string>();
    let cursor: string | undefined;
    do {
      const query = { limit: 200, integration: undefined, cursor };
      type Page = { items: { eventId: string; integration: string; status: string }[]; nextCursor?: string | null };
      const page = await system.get<Page>('deliveryLog', '/v1/deliveries', query);
      for (const { eventId, integration, status } of page.items) {
        if (integration === listener && status === 'succeeded') ids.add(eventId);
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return ids;
  }

  it.each(['event-ingest', 'dispatcher', 'delivery-log', 'config-service'])(
    'loses nothing: %s',
    async (name) => {
      const before = await publishBatch();
      const service = findService(name, system.ready.stateFolder);
      const gone = interrupt(service);
      const meanwhile = await publishBatch();
      await gone;
      const away = await publishBatch();
      restarted.push(await startAgain(service));
      const events = [...before, ...meanwhile, ...away].map(({ id }) => id);
      await eventually(
        'every event is delivered',
        async () => {
          const done = await delivered();
          const open = events.filter((id) => !done.has(id));
          if (open.length > 0) throw new Error(`${open.length} are not`);
          return true;
        },
        60_000,
      );
      const calls = (await readLedger(system, '/events')).map(
        ({ body }) => JSON.parse(body) as { contact: { id: string } },
      );
      const called = new Set(calls.map(({ contact }) => contact.id));
      expect(events.filter((id) => !called.has(`call-${id}`))).toEqual([]);
      // A stop in good order repeats no call either.
      expect(calls).toHaveLength(called.size);
    },
    120_000,
  );
});
