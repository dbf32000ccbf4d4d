/** Counts what each integration holds of each lane: messages whose delivery waits for, or is in, a call. */
export class LaneShares {
  private readonly held = new Map<string, number>();

  /** `most`: messages of one lane that one integration may hold while its calls do not flow. */
  constructor(private readonly most: number) {}

  isFull(lane: number, integrationId: string): boolean {
    return (this.held.get(keyOf(lane, integrationId)) ?? 0) >= this.most;
  }

  /** Runs work that holds a message of the lane. */
  async hold<T>(lane: number, integrationId: string, work: () => Promise<T>): Promise<T> {
    const key = keyOf(lane, integrationId);
    this.held.set(key, (this.held.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = this.held.get(key)! - 1;
      if (left > 0) this.held.set(key, left);
      else this.held.delete(key);
    }
  }
}

function keyOf(lane: number, integrationId: string): string {
  return `${lane} ${integrationId}`;
}
