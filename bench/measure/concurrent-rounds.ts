import type { RoundPlan } from './rounds';

/** One call to be timed; it is given the number of the call, and must reject when it went wrong. */
export type Call = (call: number) => Promise<unknown>;

export interface ConcurrentPlan extends RoundPlan {
  /** Calls in flight at a time. */
  concurrency: number;
}

/**
 * Microseconds of this process' time on the processor per call, round by round, for each call: all in every round, one
 * after the other, in an order of its own, so that none always pays for the garbage of the same other one.
 */
export async function timeConcurrentRounds<Name extends string>(
  calls: Record<Name, Call>,
  { rounds, calls: count, concurrency }: ConcurrentPlan,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(calls) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await run(calls[name], count, concurrency);
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names)) times[name].push((await run(calls[name], count, concurrency)) / count);
  }
  return times;
}

function shuffled<Name>(names: Name[]): Name[] {
  const order = names.map((name) => ({ name, place: Math.random() }));
  return order.sort((one, other) => one.place - other.place).map(({ name }) => name);
}

async function run(call: Call, count: number, concurrency: number): Promise<number> {
  const from = process.cpuUsage();
  await callConcurrently(call, count, concurrency);
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

/** Calls that many times, so many at a time. */
export async function callConcurrently(call: Call, count: number, concurrency: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
