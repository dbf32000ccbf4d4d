import type { System } from './system';

/** A request that the customer services got. */
export interface LedgerEntry {
  sequence: number;
  at: string;
  method: string;
  path: string;
  query: string;
  idempotencyKey: string | null;
  headers: Record<string, string>;
  body: string;
  status: number;
}

/** What the customer services got at a path and below it, in order of arrival. */
export async function readLedger(system: System, path: string): Promise<LedgerEntry[]> {
  return (await system.get<{ entries: LedgerEntry[] }>('sandbox', '/v1/ledger', { path })).entries;
}

/** How many requests the customer services got at exactly this path. */
export async function countRequests(system: System, path: string): Promise<number> {
  type Summary = { byPath: Record<string, Record<string, number>> };
  const { byPath } = await system.get<Summary>('sandbox', '/v1/ledger/summary');
  return Object.values(byPath[path] ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Resolves once the customer services got `total` requests in all since the start; throws when that takes too long. */
export async function requestsReach(system: System, total: number, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  let seen = 0;
  while (seen < total) {
    seen = (await system.get<{ total: number }>('sandbox', '/v1/ledger/summary', { total })).total;
    if (seen < total && Date.now() > end) throw new Error(`${seen} of ${total} requests within ${withinMs} ms`);
  }
}
