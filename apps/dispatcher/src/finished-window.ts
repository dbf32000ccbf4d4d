/**
 * Ids of work that is confirmed and finished, so that a repeat within the window is dropped. Holds at least `size` ids:
 * two generations, the older one forgotten when the younger is full. An id goes in at the end, never at the start:
 * recording starts would drop what a lost channel gives out again.
 */
export class FinishedWindow {
  private young = new Set<string>();
  private old = new Set<string>();

  constructor(private readonly size = 100_000) {}

  add(id: string): void {
    this.young.add(id);
    if (this.young.size < this.size) return;
    this.old = this.young;
    this.young = new Set();
  }

  has(id: string): boolean {
    return this.young.has(id) || this.old.has(id);
  }
}
