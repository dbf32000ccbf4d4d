import { SlidingCount } from './sliding-count';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What operators are told when a breaker changes; times in ISO 8601, counts of the last minute. */
export interface BreakerChange {
  state: BreakerState;
  at: string;
  /** When the first probe may go. */
  openUntil?: string;
  calls: number;
  failures: number;
}

/** As BreakerChange, at any time. */
export interface BreakerView extends Omit<BreakerChange, 'at'> {
  since: string;
  /** How often it opened since it is known. */
  trips: number;
}

const sliceMs = 5_000;
const slices = 12;
const fewestCalls = 10;
const firstOpenMs = 30_000;
const longestOpenMs = 600_000;
const probesToClose = 2;
/** By then a probe of a service that works has usually ended. */
const probeMs = 1_000;

/**
 * Opens when half of a minute's calls fail, and closes when two probes, one after the other, succeed (reliability.md
 * H2.34). Times are epoch milliseconds; `timeScale` makes all of its own durations that many times shorter.
 */
export class Breaker {
  private state: BreakerState = 'closed';
  private since: number;
  private openUntil = 0;
  private trips = 0;
  /** Trips since it was last closed. */
  private tripsInARow = 0;
  private probesSucceeded = 0;
  private probeStartedAt: number | undefined;
  /** Grows when it opens and when it closes: what started before says nothing about the time after. */
  private epoch = 0;
  private readonly calls: SlidingCount;
  private readonly failures: SlidingCount;

  constructor(
    now: number,
    private readonly timeScale: number,
    private readonly changed: (change: BreakerChange) => void,
  ) {
    this.since = now;
    this.calls = new SlidingCount(slices, sliceMs / timeScale);
    this.failures = new SlidingCount(slices, sliceMs / timeScale);
  }

  /** Milliseconds for which no call may start; 0: one may. */
  refusesFor(now: number): number {
    this.elapse(now);
    if (this.state === 'open') return this.openUntil - now;
    // A probe that hangs is not asked after every second.
    if (this.probeStartedAt !== undefined) return Math.max(probeMs / this.timeScale, now - this.probeStartedAt);
    return 0;
  }

  isClosed(): boolean {
    return this.state === 'closed';
  }

  /** Only when it refuses no call. Returns what `ended` wants to know of the call. */
  started(now: number): number {
    if (this.state === 'half-open') this.probeStartedAt = now;
    return this.epoch;
  }

  /** `failing` is undefined when the call's end says nothing about the service. */
  ended(now: number, epoch: number, failing: boolean | undefined): void {
    if (epoch !== this.epoch) return;
    this.probeStartedAt = undefined;
    if (failing === undefined) return;
    this.calls.add(now);
    if (failing) this.failures.add(now);
    if (this.state === 'half-open') this.probed(now, failing);
    else if (this.isTooMuch(now)) this.open(now);
  }

  /** Back to the beginning. */
  close(now: number): void {
    if (this.state === 'closed') return;
    this.tripsInARow = 0;
    this.epoch++;
    this.calls.clear();
    this.failures.clear();
    this.become('closed', now, now);
  }

  view(now: number): BreakerView {
    this.elapse(now);
    return { ...this.shape(now), since: iso(this.since), trips: this.trips };
  }

  private probed(now: number, failing: boolean): void {
    if (failing) this.open(now);
    else if (++this.probesSucceeded === probesToClose) this.close(now);
  }

  private isTooMuch(now: number): boolean {
    const calls = this.calls.total(now);
    return calls >= fewestCalls && this.failures.total(now) * 2 >= calls;
  }

  private open(now: number): void {
    this.openUntil = now + Math.min(longestOpenMs, firstOpenMs * 2 ** this.tripsInARow) / this.timeScale;
    this.tripsInARow++;
    this.trips++;
    this.epoch++;
    this.become('open', now, now);
  }

  private elapse(now: number): void {
    if (this.state !== 'open' || now < this.openUntil) return;
    this.probesSucceeded = 0;
    this.become('half-open', this.openUntil, now);
  }

  private become(state: BreakerState, since: number, now: number): void {
    this.state = state;
    this.since = since;
    this.changed({ ...this.shape(now), at: iso(since) });
  }

  private shape(now: number): Omit<BreakerChange, 'at'> {
    return {
      state: this.state,
      ...(this.state === 'open' && { openUntil: iso(this.openUntil) }),
      calls: this.calls.total(now),
      failures: this.failures.total(now),
    };
  }
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
