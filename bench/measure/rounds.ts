/** What several rounds came to: the middle one, and the quarter points around it. */
export interface Figure {
  median: number;
  low: number;
  high: number;
}

/** One thing to be timed; it is given the number of the call, so that it can vary its input. */
export type Work = (call: number) => unknown;

export interface RoundPlan {
  rounds: number;
  /** Calls of each work in a round. */
  calls: number;
}

/** Results end here: what nobody reads, the compiler leaves out. */
let sink: unknown;

/**
 * Microseconds of processor time per call, round by round, for each work: processor time, so that neighbours on the
 * machine do not count, and all works in every round, so that what they share (clock speed, cache) is shared fairly.
 */
export function timeRounds<Name extends string>(
  works: Record<Name, Work>,
  { rounds, calls }: RoundPlan,
): Record<Name, number[]> {
  const names = Object.keys(works) as Name[];
  for (const name of names) run(works[name], calls);
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) times[name].push(run(works[name], calls) / calls);
  }
  return times;
}

function run(work: Work, calls: number): number {
  const from = process.cpuUsage();
  for (let call = 0; call < calls; call++) sink = work(call);
  const { user, system } = process.cpuUsage(from);
  return sink === from ? 0 : user + system;
}

/** The middle of the values, and the quarter points around it. */
export function figureOf(values: number[]): Figure {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)]!;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
