/** Counts what happened lately: in the running slice of time and the ones before it, as many in all as it is made with. */
export class SlidingCount {
  private readonly counts: number[];
  private slice = 0;

  constructor(
    slices: number,
    private readonly sliceMs: number,
  ) {
    this.counts = new Array<number>(slices).fill(0);
  }

  add(now: number): void {
    this.move(now);
    this.counts[this.slice % this.counts.length]!++;
  }

  total(now: number): number {
    this.move(now);
    let sum = 0;
    for (const count of this.counts) sum += count;
    return sum;
  }

  /** Per second, since the oldest slice in which something happened; less than a second counts as one. */
  perSecond(now: number): number {
    const total = this.total(now);
    let oldest = this.slice - this.counts.length + 1;
    while (oldest < this.slice && this.counts[(oldest + this.counts.length) % this.counts.length] === 0) oldest++;
    return (total * 1_000) / Math.max(1_000, now - oldest * this.sliceMs);
  }

  clear(): void {
    this.counts.fill(0);
  }

  private move(now: number): void {
    const slice = Math.floor(now / this.sliceMs);
    if (slice - this.slice >= this.counts.length) this.counts.fill(0);
    else for (let next = this.slice + 1; next <= slice; next++) this.counts[next % this.counts.length] = 0;
    if (slice > this.slice) this.slice = slice;
  }
}
