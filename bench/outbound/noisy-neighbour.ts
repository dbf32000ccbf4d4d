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
/** What the tenth integration does; for every nine healthy events it gets one. */
type Tenth = 'absent' | 'works' | 'hangs';

interface Phase {
  tenth: Tenth;
  durationMs: number;
}

/** Up to the deadline of the first hanging calls all slots are taken; then the breaker opens. Both are to be seen. */
const steadyMs = { absent: 3_000, works: 3_000, hangs: 11_500 };

/** The worse of the two is enough. */
const hardMs = { absent: 2_500, works: 2_500, hangs: 7_000 };

/** Delays in milliseconds, at the 95th percentile, and microseconds of the clock per healthy event. */
export async function measureNeighbours(
  service: OwnProcess<Service>,
  { port, caPem }: { port: number; caPem: string },
): Promise<Line[]> {
  const origin = `https://localhost:${port}`;
  const dispatcher = await startDispatcherProcess(caPem);
  const good = Array.from({ length: healthy }, (_, number) =>
    integration(queueOf(number), `${origin}/seen`, { sentAt: '{contact.attached_data.sent_at}' }),
  );

  /** What `load` gives, with the hanging integration or without; it is a new one each time, which nobody knows yet. */
  async function inPhase<T>(phase: Phase, load: (phase: Phase) => Promise<T>): Promise<T> {
    if (phase.noisy) await dispatcher.configure([...good, integration('hangs', `${origin}/hang`, {})], queueOf(0));
    const result = await load(phase);
    if (phase.noisy) await dispatcher.configure(good, queueOf(0));
    await dispatcher.forgetRetries();
    return result;
  }

  const delays = async (phase: Phase) => {
    await service.ask('takeLatencies');
    await publishSteadily(dispatcher, phase);
    return quantile(await service.ask('takeLatencies'), 0.95);
  };
  const timePerEvent = async (phase: Phase) => (phase.durationMs * 1_000) / (await publishHard(dispatcher, phase));

  await dispatcher.configure(good, queueOf(0));
  await publishHard(dispatcher, { durationMs: 4_000, noisy: false });
  const steady: Pairs = await alternate((phase) => inPhase(phase, delays));
  const hard: Pairs = await alternate((phase) => inPhase(phase, timePerEvent));
  await dispatcher.stop();
  return [
    ...linesOf('p95 from published to seen by the service', 'ms', steady, 1.2),
    ...linesOf('time per event, 64 in flight', 'µs', hard, 1.11),
  ];
}

interface Pairs {
  quiet: number[];
  noisy: number[];
}

async function alternate(measure: (phase: Phase) => Promise<number>): Promise<Pairs> {
  const pairs: Pairs = { quiet: [], noisy: [] };
  for (let round = 0; round < rounds; round++) {
    pairs.quiet.push(await measure(quiet));
    pairs.noisy.push(await measure(noisy));
  }
  return pairs;
}

function linesOf(name: string, unit: string, { quiet, noisy }: Pairs, atMost: number): Line[] {
  const ratios = noisy.map((value, round) => value / quiet[round]!);
  return [
    { name: `${name}: nine healthy`, unit, figure: figureOf(quiet) },
    { name: `${name}: and one that hangs`, unit, figure: figureOf(noisy) },
    { name: `${name}: ratio`, unit: '', figure: figureOf(ratios), atMost },
  ];
}

/** Open loop: events leave when they are due, however late the answers are. Resolves when the healthy ones are done. */
async function publishSteadily(dispatcher: DispatcherProcess, { durationMs, noisy }: Phase): Promise<void> {
  const reactions: Promise<void>[] = [];
  const from = performance.now();
  for (let published = 0; ; await delay(2)) {
    const elapsed = performance.now() - from;
    if (elapsed > durationMs) break;
    for (; published < (elapsed * perSecond) / 1_000; published++) {
      reactions.push(dispatcher.react(queueOf(published)));
      if (noisy && published % healthy === 0) void dispatcher.react('hangs');
    }
  }
  await Promise.all(reactions);
}

/** Closed loop: a healthy event leaves when another is done. Gives how many were done. */
async function publishHard(dispatcher: DispatcherProcess, { durationMs, noisy }: Phase): Promise<number> {
  const end = performance.now() + durationMs;
  let published = 0;
  let done = 0;
  const worker = async () => {
    while (performance.now() < end) {
      const number = published++;
      if (noisy && number % healthy === 0) void dispatcher.react('hangs');
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
