/** What one beat shows of a consumer: how much is ready in its queue, and what it has been sent so far. */
export interface Beat {
  /** Milliseconds on any clock. */
  at: number;
  ready: number;
  received: number;
  running: number;
}

/** A consumer was sent nothing and had nothing to do, from one beat to the next. */
export interface Silence {
  since: number;
  /** Since when messages were ready all the same, and not fewer from beat to beat: nobody else takes them either. */
  withheldSince: number | undefined;
  last: Beat;
}

/** How long a silence may last, in milliseconds, before the consumer is taken for dead. */
export interface Patience {
  readyMs: number;
  emptyMs: number;
}

/** The silence that this beat begins or continues; undefined while the consumer works. */
export function silenceAfter(former: Silence | undefined, beat: Beat): Silence | undefined {
  if (beat.running > 0) return undefined;
  const same = former?.last.received === beat.received ? former : undefined;
  return { since: same?.since ?? beat.at, withheldSince: withheldSince(same, beat), last: beat };
}

/** Whether the silence has lasted so long that its consumer may be dead. */
export function isSuspicious({ since, withheldSince, last }: Silence, { readyMs, emptyMs }: Patience): boolean {
  const withheldMs = withheldSince === undefined ? 0 : last.at - withheldSince;
  return withheldMs >= readyMs || last.at - since >= emptyMs;
}

function withheldSince(former: Silence | undefined, { at, ready }: Beat): number | undefined {
  if (ready === 0) return undefined;
  return former && ready >= former.last.ready ? (former.withheldSince ?? at) : at;
}
