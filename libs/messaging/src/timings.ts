import type { BackOff } from './back-off';
import type { Patience } from './silence';

/** Every wait of this layer, in milliseconds. */
export interface Timings {
  connectMs: number;
  declareMs: number;
  /** Queues and bindings are declared again this often. */
  redeclareMs: number;
  /** A queue found missing is left alone this long before it is made again. */
  deletionMs: number;
  /** Each consumer's queue is asked this often how it is. */
  beatMs: number;
  /** A consumer that is sent nothing for so long is made anew: when messages are ready, and (RabbitMQ 3) when none are. */
  patience: Patience;
  publishMs: number;
  /** Opening a channel and consuming. */
  openMs: number;
  reconnect: BackOff;
}

export const defaultTimings: Timings = {
  connectMs: 5_000,
  declareMs: 60_000,
  redeclareMs: 30_000,
  deletionMs: 1_000,
  beatMs: 5_000,
  patience: { readyMs: 15_000, emptyMs: 60_000 },
  publishMs: 10_000,
  openMs: 15_000,
  reconnect: { shortestMs: 200, longestMs: 15_000 },
};
