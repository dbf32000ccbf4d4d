/** A clock that stands still until it is told to go on. */
export interface VirtualTime {
  now(): number;
  schedule(run: () => void, ms: number): void;
  /** Runs what falls due on the way, each in its moment, and what follows from it. */
  advance(ms: number): Promise<void>;
}

export function aVirtualTime(start = '2026-03-01T12:00:00.000Z'): VirtualTime {
  let now = Date.parse(start);
  const due: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    schedule(run, ms) {
      const at = now + ms;
      due.splice(due.findLastIndex((one) => one.at <= at) + 1, 0, { at, run });
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settled();
        const next = due[0];
        if (!next || next.at > end) break;
        due.shift();
        now = next.at;
        next.run();
      }
      now = end;
    },
  };
}

/** Promises that are settled have told whoever waits for them. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}
