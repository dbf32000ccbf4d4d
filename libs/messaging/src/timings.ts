import type { BackOff } from './back-off';

/** Every wait of this layer, in milliseconds. */
export interface Timings {
  connectMs: number;
  declareMs: number;
  /** Queues and bindings are declared again, and consumers checked, this often. */
  redeclareMs: number;
  publishMs: number;
  /** Opening a channel and consuming. */
  openMs: number;
  reconnect: BackOff;
}

export const defaultTimings: Timings = {
  connectMs: 5_000,
  declareMs: 60_000,
  redeclareMs: 30_000,
  publishMs: 10_000,
  openMs: 15_000,
  reconnect: { shortestMs: 200, longestMs: 15_000 },
};
