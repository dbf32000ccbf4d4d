/** How much of the mean each new call makes up, once there are enough. */
const newest = 0.05;

/** Moving mean of what calls took, milliseconds: about the last twenty. */
export class MeanDuration {
  private mean = 0;
  private calls = 0;

  add(durationMs: number): void {
    this.calls++;
    this.mean += (durationMs - this.mean) * Math.max(newest, 1 / this.calls);
  }

  /** Undefined: nothing is known. */
  value(): number | undefined {
    return this.calls === 0 ? undefined : this.mean;
  }

  clear(): void {
    this.mean = 0;
    this.calls = 0;
  }
}
