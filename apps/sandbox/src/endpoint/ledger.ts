import type { IncomingHttpHeaders } from 'node:http';

/** One request that reached the customer services, written before it was answered. */
export interface LedgerEntry {
  /** Counts up from 1 since the start or the last clearing, in order of arrival. */
  sequence: number;
  /** RFC 3339, UTC. */
  at: string;
  method: string;
  path: string;
  /** With its question mark; empty when there is none. */
  query: string;
  idempotencyKey: string | null;
  /** Without those every request has; of credentials only the fact. */
  headers: Record<string, string>;
  body: string;
  /** What was, or is about to be, answered. */
  status: number;
}

export interface LedgerSelection {
  /** This path and everything below it; absent = all. */
  path?: string;
  /** Only entries with a greater sequence. */
  since?: number;
  /** At most so many, the oldest first. */
  limit?: number;
}

const boring = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'accept-encoding']);
const secret = /authorization|cookie|api-key|token|secret|signature/;

/** Requests since the start or the last clearing: in all, those kept, and by path and answered status. */
export interface LedgerSummary {
  total: number;
  kept: number;
  /** The first 1,000 paths. */
  byPath: Record<string, Record<string, number>>;
}

/** What the customer services have seen, in memory; beyond its bound the oldest entries go, counts stay. */
export class Ledger {
  private entries: LedgerEntry[] = [];
  private sequence = 0;
  private counts = new Map<string, Map<number, number>>();
  private waiting: { total: number; tell: () => void }[] = [];

  constructor(private readonly bound = 50_000) {}

  write(entry: Omit<LedgerEntry, 'sequence' | 'headers' | 'idempotencyKey'>, headers: IncomingHttpHeaders): void {
    this.sequence += 1;
    const idempotencyKey = textOf(headers['idempotency-key']) || null;
    this.entries.push({ sequence: this.sequence, ...entry, idempotencyKey, headers: tellHeaders(headers) });
    // Twice the bound before cutting: one copy per `bound` requests, not one per request.
    if (this.entries.length >= 2 * this.bound) this.entries = this.entries.slice(-this.bound);
    this.count(entry);
    if (this.waiting.length > 0) this.wake();
  }

  select({ path = '', since = 0, limit = 20_000 }: LedgerSelection = {}): LedgerEntry[] {
    const chosen = this.entries.filter((entry) => entry.sequence > since && liesBelow(entry.path, path));
    return chosen.slice(0, limit);
  }

  summary(): LedgerSummary {
    const byPath = [...this.counts].map(([path, statuses]) => [path, Object.fromEntries(statuses)] as const);
    return { total: this.sequence, kept: this.entries.length, byPath: Object.fromEntries(byPath) };
  }

  /** Resolves once there were `total` requests in all, or after `withinMs`. */
  async reaches(total: number, withinMs: number): Promise<void> {
    if (this.sequence >= total) return;
    await new Promise<void>((resolve) => {
      const waiter = { total, tell: resolve };
      this.waiting.push(waiter);
      setTimeout(() => {
        this.waiting = this.waiting.filter((one) => one !== waiter);
        resolve();
      }, withinMs).unref();
    });
  }

  clear(): void {
    this.entries = [];
    this.sequence = 0;
    this.counts.clear();
  }

  private count({ path, status }: { path: string; status: number }): void {
    const statuses = this.counts.get(path) ?? new Map<number, number>();
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (this.counts.size < 1_000) this.counts.set(path, statuses);
  }

  private wake(): void {
    const woken = this.waiting.filter(({ total }) => this.sequence >= total);
    this.waiting = this.waiting.filter((waiter) => !woken.includes(waiter));
    woken.forEach(({ tell }) => tell());
  }
}

/** Whether a path is `above` or lies below it: `/events/late` lies below `/events`, `/eventsx` does not. */
export function liesBelow(path: string, above: string): boolean {
  return above === '' || above === '/' || path === above || path.startsWith(`${above}/`);
}

function tellHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const told: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!boring.has(name)) told[name] = secret.test(name) ? '(given)' : textOf(value);
  }
  return told;
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}
