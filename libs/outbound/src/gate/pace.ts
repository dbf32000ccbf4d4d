import { SlidingCount } from './sliding-count';

const slowest = 0.2;
const longestRestMs = 60_000;
const betweenLoweringsMs = 1_000;
/** Seconds' worth of calls that may start at once, so that late timers cost no throughput. */
const burstSeconds = 0.1;
/** Part of the peak that each quiet second gives back. */
const gainPerSecond = 0.1;
/** How long the pace has to be beyond twice the peak before it is forgotten. */
const provenSeconds = 10;

interface Learnt {
  /** Calls per second at which the service said that it was too much. */
  peak: number;
  loweredAt: number;
  /** Calls per second allowed up to `quietSince`. */
  base: number;
  /** When the service last asked for less, or for a rest that has ended since. */
  quietSince: number;
}

/**
 * How fast calls may start: at the configured rate, and slower when the service answers 429; halved then, and growing
 * again by a tenth each second (additive increase, multiplicative decrease). Rates are calls per second, times epoch ms.
 */
export class Pace {
  private readonly starts = new SlidingCount(4, 1_000);
  private tokens = Infinity;
  private filledAt = 0;
  private restsUntil = 0;
  private learnt: Learnt | undefined;

  /** Milliseconds until the service may be called again after it asked for a rest. */
  restMs(now: number): number {
    return Math.max(0, this.restsUntil - now);
  }

  /** Milliseconds until the next call may start; 0: now. */
  holdMs(now: number, configured: number | undefined): number {
    if (this.restsUntil > now) return this.restsUntil - now;
    const rate = this.rate(now, configured);
    if (rate === undefined) return 0;
    this.fill(now, rate);
    // Sums of fractions: a token is whole when it is so to the millionth.
    return this.tokens > 1 - 1e-6 ? 0 : ((1 - this.tokens) / rate) * 1_000;
  }

  started(now: number): void {
    this.starts.add(now);
    this.tokens = Math.max(0, this.tokens - 1);
  }

  /** The lower of the two; undefined: as fast as can be. */
  rate(now: number, configured: number | undefined): number | undefined {
    const learnt = this.learntRate(now);
    return learnt === undefined || learnt > (configured ?? Infinity) ? configured : learnt;
  }

  /** What 429s have taught, until it has been beyond twice the rate of the last one for a while. */
  learntRate(now: number): number | undefined {
    if (!this.learnt) return undefined;
    const { base, peak, quietSince } = this.learnt;
    const seconds = Math.max(0, Math.floor((now - quietSince) / 1_000));
    const gain = gainPerSecond * peak;
    if (base + gain * (seconds - provenSeconds) > 2 * peak) this.learnt = undefined;
    return this.learnt && base + gain * seconds;
  }

  /** A call that started at `startedAt` was answered with 429, asking for a rest that is honoured up to a minute. */
  throttled(now: number, startedAt: number, retryAfterMs = 0): void {
    this.restsUntil = Math.max(this.restsUntil, now + Math.min(retryAfterMs, longestRestMs));
    const quietSince = Math.max(now, this.restsUntil);
    const rate = this.learntRate(now);
    // Those that were on their way when the pace was lowered say nothing about the lower one.
    this.learnt =
      this.learnt && rate !== undefined && !isNews(this.learnt, now, startedAt)
        ? { ...this.learnt, base: rate, quietSince }
        : { ...this.lowered(now, rate), quietSince };
  }

  private lowered(now: number, rate = Infinity): Omit<Learnt, 'quietSince'> {
    // A few calls in a short time look like more than the pace allowed.
    const peak = Math.max(2 * slowest, Math.min(rate, this.starts.perSecond(now)));
    this.starts.clear();
    this.tokens = 0;
    this.filledAt = now;
    return { peak, base: peak / 2, loweredAt: now };
  }

  private fill(now: number, rate: number): void {
    const gained = (Math.max(0, now - this.filledAt) * rate) / 1_000;
    this.tokens = Math.min(Math.max(1, rate * burstSeconds), this.tokens + gained);
    this.filledAt = now;
  }
}

function isNews({ loweredAt }: Learnt, now: number, startedAt: number): boolean {
  return startedAt > loweredAt && now - loweredAt >= betweenLoweringsMs;
}
