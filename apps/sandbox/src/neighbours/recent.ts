/** A map that keeps the entries last used, at most `bound`. */
export class Recent<T> {
  private readonly entries = new Map<string, T>();

  constructor(private readonly bound: number) {}

  has(key: string): boolean {
    return this.entries.has(key);
  }

  get(key: string): T | undefined {
    return this.entries.get(key);
  }

  put(key: string, value: T): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.bound) this.entries.delete(this.entries.keys().next().value!);
  }

  /** The one last used first. */
  values(): T[] {
    return [...this.entries.values()].reverse();
  }
}
