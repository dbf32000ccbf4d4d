import { Breaker, type BreakerChange, type BreakerView } from './breaker';
import { MeanDuration } from './mean-duration';
import { Pace } from './pace';

/** How much one integration may be asked at a time and per second, in this process. */
export interface CallLimits {
  concurrency: number;
  ratePerSecond: number | undefined;
}

/**
 * How a call ended, for the gate:
 * - `healthy`: an answer that says the service works: 2xx, 3xx, 4xx but 408, 425 and 429, and what no retry cures
 *   (501, 505, an answer too large);
 * - `failing`: what may be cured by trying again: other 5xx, 408, 425, dns, refused, reset, timeout, tls, protocol;
 * - `throttled`: 429;
 * - `void`: says nothing about the service: cancelled, blocked, not rendered, not authorised, our proxy.
 */
export type CallEnd = 'healthy' | 'failing' | 'throttled' | 'void';

/** Leave to call once. Whoever has it must end it, whatever happens; only the first end counts. */
export interface Permit {
  /** `retryAfterMs`: how long a throttling service asks to be left alone. */
  end(how: CallEnd, retryAfterMs?: number): void;
}

/** The call is not to be made now but parked, no attempt consumed: its breaker is open, its slots taken, its pace slow. */
export interface Refusal {
  parked: 'breaker-open' | 'busy' | 'throttled';
  /** When it is worth coming back, a whole number of at least 1. */
  retryInMs: number;
}

export interface GateState {
  id: string;
  running: number;
  waiting: number;
  concurrency: number;
  /** As configured. */
  ratePerSecond: number | null;
  /** Calls per second that the service's 429s have taught. */
  pace: number | null;
  meanDurationMs: number | null;
  /** Of a call that came now. */
  expectedWaitMs: number;
  breaker: BreakerView;
}

export interface GateTools {
  /** Epoch milliseconds of a clock that does not jump. */
  now(): number;
  schedule(run: () => void, ms: number): void;
  /** How many times shorter than real the breaker's durations are. */
  timeScale: number;
  onBreakerChange(id: string, change: BreakerChange): void;
}

const longestWaitMs = 2_000;
/** Up to this mean a service works, and parking what waits for it would only add to the load: a burst, a backlog. */
const quickMs = 1_000;
/** How often at most a line that does not move is looked at. */
const shortestWatchMs = 50;
const forgottenAfterMs = 5 * 60_000;
/** Even one whose breaker never closed: its integration is gone, or nobody would miss what is known of it. */
const abandonedAfterMs = 60 * 60_000;

/**
 * What stands before the calls of one integration: a breaker, a number of slots, and a pace. Calls that find no slot or
 * come too early wait in line, but only if they may expect to start within two seconds.
 */
export class Gate {
  private limits: CallLimits = { concurrency: 1, ratePerSecond: undefined };
  private running = 0;
  /** Sum of when the running calls started: gives their mean age without a walk. */
  private startedSum = 0;
  /** Not empty only while the breaker is closed. */
  private readonly waiting: ((outcome: Permit | Refusal) => void)[] = [];
  private wakeAt = Infinity;
  private usedAt: number;
  private readonly breaker: Breaker;
  private readonly pace = new Pace();
  private readonly duration = new MeanDuration();

  constructor(
    private readonly id: string,
    private readonly tools: GateTools,
  ) {
    this.usedAt = tools.now();
    this.breaker = new Breaker(this.usedAt, tools.timeScale, (change) => this.breakerChanged(change));
  }

  /** Leave at once, a turn in line, or a refusal. Limits hold from now on, also for those in line. */
  enter(limits: CallLimits): Permit | Refusal | Promise<Permit | Refusal> {
    const now = this.tools.now();
    this.usedAt = now;
    this.limit(limits, now);
    const refusesFor = this.breaker.refusesFor(now);
    if (refusesFor > 0) return refusal('breaker-open', refusesFor);
    if (this.waiting.length === 0 && this.startsIn(now) === 0) return this.start(now);
    this.admitWaiting(now);
    const refused = this.refusalToWait(now);
    if (refused) return refused;
    // Also if the line has just emptied: they learn it by a promise, and who comes later must not be faster.
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.admitWaiting(now);
    });
  }

  /** Milliseconds that a call which came now would wait for its turn. */
  get expectedWaitMs(): number {
    return this.expectedWait(this.tools.now(), this.waiting.length).ms;
  }

  /** Whether calls are quick: then a long line is a burst or a backlog, and nothing is won by parking. */
  get isQuick(): boolean {
    return this.meanDuration(this.tools.now()) <= quickMs;
  }

  state(): GateState {
    const now = this.tools.now();
    const breaker = this.breaker.view(now);
    return {
      id: this.id,
      running: this.running,
      waiting: this.waiting.length,
      concurrency: this.limits.concurrency,
      ratePerSecond: this.limits.ratePerSecond ?? null,
      pace: this.pace.learntRate(now) ?? null,
      meanDurationMs: this.duration.value() ?? null,
      expectedWaitMs: this.expectedWait(now, this.waiting.length).ms,
      breaker,
    };
  }

  /** Whether nothing is lost with it. One that was left alone for an hour closes for that. */
  isForgettable(now: number): boolean {
    const unused = now - this.usedAt;
    if (this.running > 0 || this.waiting.length > 0 || unused < forgottenAfterMs) return false;
    if (unused >= abandonedAfterMs) this.breaker.close(now);
    const isRateKept = this.pace.holdMs(now, this.limits.ratePerSecond) === 0;
    return this.breaker.isClosed() && isRateKept && this.pace.learntRate(now) === undefined;
  }

  private limit(limits: CallLimits, now: number): void {
    const { concurrency, ratePerSecond } = this.limits;
    this.limits = limits;
    if (concurrency !== limits.concurrency || ratePerSecond !== limits.ratePerSecond) this.shortenLine(now);
  }

  private start(now: number): Permit {
    const epoch = this.breaker.started(now);
    this.pace.started(now);
    this.running++;
    this.startedSum += now;
    let isRunning = true;
    return {
      end: (how, retryAfterMs) => {
        if (!isRunning) return;
        isRunning = false;
        this.ended(now, epoch, how, retryAfterMs);
      },
    };
  }

  private ended(startedAt: number, epoch: number, how: CallEnd, retryAfterMs?: number): void {
    const now = this.tools.now();
    this.usedAt = now;
    this.running--;
    this.startedSum = this.running === 0 ? 0 : this.startedSum - startedAt;
    if (how !== 'void') this.duration.add(now - startedAt);
    if (how === 'throttled') {
      this.pace.throttled(now, startedAt, retryAfterMs);
      this.shortenLine(now);
    }
    this.breaker.ended(now, epoch, how === 'healthy' ? false : how === 'failing' ? true : undefined);
    if (this.waiting.length > 0) this.admitWaiting(now);
  }

  /** Those at the head that may start; if time alone keeps the next one, it is looked after then. */
  private admitWaiting(now: number): void {
    const refusesFor = this.breaker.refusesFor(now);
    if (refusesFor > 0) return this.emptyLine(refusal('breaker-open', refusesFor));
    while (this.waiting.length > 0) {
      const startsIn = this.startsIn(now);
      if (startsIn === Infinity) return this.watchLine(now);
      if (startsIn > 0) return this.wakeIn(startsIn, now);
      this.waiting.shift()!(this.start(now));
    }
  }

  private emptyLine(refused: Refusal): void {
    for (const settle of this.waiting.splice(0)) settle(refused);
  }

  /** Behind calls that do not end the line gets slower by itself, and nobody comes to notice it. */
  private watchLine(now: number): void {
    this.shortenLine(now);
    const ahead = this.waiting.length - 1;
    if (ahead < 1) return;
    const tooOldMs = Math.max(quickMs, (longestWaitMs * this.limits.concurrency) / ahead);
    const meanAgeMs = now - this.startedSum / this.running;
    this.wakeIn(Math.max(shortestWatchMs, tooOldMs - meanAgeMs), now);
  }

  /** Lets those at the end go who, since things got slower, would wait too long. */
  private shortenLine(now: number): void {
    let stay = this.waiting.length;
    while (stay > 0 && this.expectedWait(now, stay - 1).tooLong) stay--;
    this.waiting.splice(stay).forEach((settle, index) => {
      const { ms, parked } = this.expectedWait(now, stay + index);
      settle(refusal(parked, ms));
    });
  }

  /** Milliseconds until a call may start; 0: now; Infinity: not before another ends. */
  private startsIn(now: number): number {
    return this.running < this.limits.concurrency ? this.pace.holdMs(now, this.limits.ratePerSecond) : Infinity;
  }

  private wakeIn(ms: number, now: number): void {
    const at = now + ms;
    if (this.wakeAt <= at) return;
    this.wakeAt = at;
    const wake = () => {
      // An earlier one has been set since.
      if (this.wakeAt !== at) return;
      this.wakeAt = Infinity;
      this.admitWaiting(this.tools.now());
    };
    this.tools.schedule(wake, Math.ceil(ms));
  }

  private refusalToWait(now: number): Refusal | undefined {
    const { ms, tooLong, parked } = this.expectedWait(now, this.waiting.length);
    // A probe starts at once or not at all: in line it would count as one though it may never start.
    if (this.breaker.isClosed() && !tooLong) return undefined;
    return refusal(parked, Math.max(ms, 1_000));
  }

  /** How long a call with so many ahead of it waits, and for what. */
  private expectedWait(now: number, ahead: number): { ms: number; tooLong: boolean; parked: 'busy' | 'throttled' } {
    const { concurrency, ratePerSecond } = this.limits;
    const meanMs = this.meanDuration(now);
    const slotMs = (ahead * meanMs) / concurrency;
    const rate = this.pace.rate(now, ratePerSecond);
    const paceMs = this.pace.holdMs(now, ratePerSecond) + (rate === undefined ? 0 : (ahead * 1_000) / rate);
    const isThrottled = paceMs > slotMs && (this.pace.restMs(now) > 0 || rate !== ratePerSecond);
    return {
      ms: Math.max(slotMs, paceMs),
      tooLong: Math.max(meanMs > quickMs ? slotMs : 0, paceMs) > longestWaitMs,
      parked: isThrottled ? 'throttled' : 'busy',
    };
  }

  /** Milliseconds; when all slots are taken, calls that do not end count with their age. */
  private meanDuration(now: number): number {
    const known = this.duration.value() ?? 0;
    const isFull = this.running > 0 && this.running >= this.limits.concurrency;
    return isFull ? Math.max(known, now - this.startedSum / this.running) : known;
  }

  private breakerChanged(change: BreakerChange): void {
    // What calls took while the service failed says nothing about it now.
    if (change.state === 'closed') this.duration.clear();
    this.tools.onBreakerChange(this.id, change);
  }
}

function refusal(parked: Refusal['parked'], ms: number): Refusal {
  return { parked, retryInMs: Math.max(1, Math.ceil(ms)) };
}
