interface Waiting {
  isAlone: boolean;
  start(): void;
}

/**
 * Runs work side by side, but what is suspicious alone in this process; whoever comes later waits behind it, and
 * `afterwardsMs` more: the ack of what survived has to leave before the next may kill, or it is given out in vain again.
 */
export class Solitude {
  private running = 0;
  private alone = false;
  private readonly waiting: Waiting[] = [];

  constructor(private readonly afterwardsMs = 0) {}

  /** Runs beside others. */
  together<T>(work: () => Promise<T>): Promise<T> {
    return this.run(false, work);
  }

  /** Runs when all that came before has ended, and lets nothing else start meanwhile. */
  apart<T>(work: () => Promise<T>): Promise<T> {
    return this.run(true, work);
  }

  private async run<T>(isAlone: boolean, work: () => Promise<T>): Promise<T> {
    if (this.waiting.length > 0 || !this.mayStart(isAlone)) {
      await new Promise<void>((start) => this.waiting.push({ isAlone, start: () => (this.enter(isAlone), start()) }));
    } else this.enter(isAlone);
    try {
      return await work();
    } finally {
      if (isAlone && this.afterwardsMs > 0) setTimeout(() => this.leave(), this.afterwardsMs);
      else this.leave();
    }
  }

  private mayStart(isAlone: boolean): boolean {
    return isAlone ? this.running === 0 : !this.alone;
  }

  private enter(isAlone: boolean): void {
    this.running++;
    this.alone = isAlone;
  }

  private leave(): void {
    this.running--;
    if (this.running === 0) this.alone = false;
    while (this.waiting.length > 0 && this.mayStart(this.waiting[0]!.isAlone)) this.waiting.shift()!.start();
  }
}
