// Do integrations whose services work suffer from one whose service hangs? Through the dispatcher as it is built.
import type { SnapshotIntegration } from '@patchbay/contracts';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OwnProcess } from '../measure/own-process';
import { quantile } from '../measure/quantile';
import type { Line } from '../measure/report';
import { figureOf } from '../measure/rounds';
import { startDispatcherProcess, type DispatcherProcess } from './dispatcher-process';
import type { Service } from './service';

const healthy = 9;
const rounds = 5;
/** Healthy events per second while delays are measured: what the machine carries with room. */
const perSecond = 200;
const inFlight = 64;
const warmUpMs = 4_000;
const tenthQueue = 'queue of the tenth';
/** What the tenth integration does; for every nine healthy events it gets one. */
type Tenth = 'absent' | 'works' | 'hangs';

type Durations = Partial<Record<Tenth, number>>;

/** Milliseconds. Up to the deadline of the first hanging calls all slots are taken; then the breaker opens: both are seen. */
const steadyMs: Durations = { absent: 4_000, hangs: 11_000 };

/** The worse of the two is enough. */
const hardMs: Durations = { absent: 2_000, works: 2_000, hangs: 6_000 };

/** The values of the rounds, by what the tenth integration did. */
type Values = Partial<Record<Tenth, number[]>>;

/** Delays in milliseconds, at the 95th percentile of a second, and microseconds of the clock per healthy event. */
export async function measureNeighbours(
  service: OwnProcess<Service>,
  { port, caPem }: { port: number; caPem: string },
): Promise<{ delays: Line[]; throughput: Line[] }> {
  const origin = `https://localhost:${port}`;
  const dispatcher = await startDispatcherProcess(caPem);
  const nine = Array.from({ length: healthy }, (_, number) =>
    integration(queueOf(number), `${origin}/seen`, { sentAt: '{contact.attached_data.sent_at}' }),
  );
  // A new one each time, so that nothing is known of it yet.
  const tenth = { works: `${origin}/answer`, hangs: `${origin}/hang` };
  const configure = (does: Tenth) =>
    dispatcher.configure(does === 'absent' ? nine : [...nine, integration(tenthQueue, tenth[does], {})], queueOf(0));

  async function alternate(durations: Durations, measure: (durationMs: number, does: Tenth) => Promise<number>) {
    const values: Values = {};
    for (let round = 0; round < rounds; round++) {
      for (const [does, durationMs] of Object.entries(durations) as [Tenth, number][]) {
        await configure(does);
        (values[does] ??= []).push(await measure(durationMs, does));
        await configure('absent');
        await dispatcher.forgetRetries();
      }
    }
    return values;
  }

  await configure('absent');
  await publishHard(dispatcher, warmUpMs, 'absent');
  const delays = await alternate(steadyMs, async (durationMs, does) => {
    await service.ask('takeLatencies');
    await publishSteadily(dispatcher, durationMs, does);
    return typicalTail(await service.ask('takeLatencies'));
  });
  const times = await alternate(
    hardMs,
    async (durationMs, does) => (durationMs * 1_000) / (await publishHard(dispatcher, durationMs, does)),
  );
  await dispatcher.stop();
  return {
    delays: [
      { name: 'nine that work', unit: 'ms', figure: figureOf(delays.absent!) },
      { name: 'and one that hangs', unit: 'ms', figure: figureOf(delays.hangs!) },
      { name: '  of nine', unit: '', figure: figureOf(ratios(delays.hangs!, delays.absent!)), atMost: 1.2 },
    ],
    throughput: [
      { name: 'nine that work', unit: 'µs', figure: figureOf(times.absent!) },
      { name: 'and one that works', unit: 'µs', figure: figureOf(times.works!) },
      { name: 'and one that hangs', unit: 'µs', figure: figureOf(times.hangs!) },
      { name: '  of nine', unit: '', figure: figureOf(ratios(times.hangs!, times.absent!)), atMost: 1.11 },
      { name: '  of nine and one that works', unit: '', figure: figureOf(ratios(times.hangs!, times.works!)) },
    ],
  };
}

/** The 95th percentile of a middling second, so that others on the machine who are busy for a second count little. */
function typicalTail(delays: number[]): number {
  const seconds = Array.from({ length: Math.floor(delays.length / perSecond) }, (_, second) =>
    delays.slice(second * perSecond, (second + 1) * perSecond),
  );
  return figureOf(seconds.map((second) => quantile(second, 0.95))).median;
}

function ratios(values: number[], others: number[]): number[] {
  return values.map((value, round) => value / others[round]!);
}

/** Open loop: events leave when they are due, however late the answers are. Resolves when the healthy ones are done. */
async function publishSteadily(dispatcher: DispatcherProcess, durationMs: number, does: Tenth): Promise<void> {
  const reactions: Promise<void>[] = [];
  const from = performance.now();
  for (let elapsed = 0; elapsed < durationMs; elapsed = performance.now() - from) {
    while (reactions.length < (elapsed * perSecond) / 1_000) {
      if (does !== 'absent' && reactions.length % healthy === 0) void dispatcher.react(tenthQueue);
      reactions.push(dispatcher.react(queueOf(reactions.length)));
    }
    await delay(2);
  }
  await Promise.all(reactions);
}

/** Closed loop: a healthy event leaves when another is done. Gives how many were done in the time. */
async function publishHard(dispatcher: DispatcherProcess, durationMs: number, does: Tenth): Promise<number> {
  const end = performance.now() + durationMs;
  let published = 0;
  let done = 0;
  const worker = async () => {
    while (performance.now() < end) {
      const number = published++;
      if (does !== 'absent' && number % healthy === 0) void dispatcher.react(tenthQueue);
      await dispatcher.react(queueOf(number));
      if (performance.now() < end) done++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return done;
}

function queueOf(number: number): string {
  return `queue ${number % healthy}`;
}

function integration(queueId: string, endpointUrl: string, body: Record<string, string>): SnapshotIntegration {
  return {
    id: randomUUID(),
    name: queueId,
    description: '',
    channel: 'multi',
    endpointUrl,
    ordinal: 1,
    direction: 'both',
    events: ['queued'],
    direct: { calls: false, chats: false },
    queues: [queueId],
    authentications: [],
    configuration: {
      request: { method: 'POST', timeout: 10, body: { event: '{event}', contact: '{contact.id}', ...body } },
    },
    delivery: {},
    suspended: null,
    version: 1,
    createdAt: '2026-11-22T08:00:00.000Z',
  };
}
