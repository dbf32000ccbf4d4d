/** Runs work of the same key one after the other, in the order given; different keys run side by side. */
export class SerialQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    const running = before === undefined ? work() : before.then(work, work);
    this.tails.set(key, running);
    const forget = () => {
      if (this.tails.get(key) === running) this.tails.delete(key);
    };
    running.then(forget, forget);
    return running;
  }

  /** How many keys have work. */
  get size(): number {
    return this.tails.size;
  }
}
