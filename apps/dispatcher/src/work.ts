import type { ReplayOrder } from '@patchbay/contracts';
import type { LifecycleEvent } from '@patchbay/edi';
import type { FrozenRequest, JsonObject, ResponseConfiguration } from '@patchbay/edi';

/** A delivery that has been tried and waits for its next attempt: what is frozen, and how far it has come. */
export interface DueDelivery {
  integrationId: string;
  integrationName: string;
  integrationVersion: number;
  ordinal: number;
  role: 'member' | 'listener';
  /** Attempts made. */
  attempts: number;
  /** How often it was parked: it has waited for its service without using up an attempt. */
  parkings?: number;
  /** Epoch milliseconds. */
  due: number;
  frozen: FrozenRequest;
  response: ResponseConfiguration;
}

/** Which earlier delivery is replayed, as which new one; see ReplayOrder. */
export type Replay = Pick<ReplayOrder, 'replayId' | 'replayOf' | 'integrationId' | 'key' | 'record'>;

/**
 * What a lane gives to do: a fresh event, the retry of a chain or of a listener, or a replay. `saved`, `setsDone` and
 * `started` are what earlier passes over the same event came to.
 */
export interface Work {
  /** Unique: the event's id, or the job's. */
  id: string;
  event: LifecycleEvent;
  acceptedAt: string;
  /** Age of attempts counts from here, epoch milliseconds. */
  ageFrom: number;
  /** Whether a set is stale counts from here, epoch milliseconds. */
  setFrom: number;
  lane: number;
  saved: JsonObject;
  setsDone: string[];
  started: number;
  /** Empty for a fresh event. */
  due: DueDelivery[];
  /** What is due by then is tried in this pass, epoch milliseconds; the earliest of `due` always is. */
  dueBy: number;
  /** Those that a condition left aside, and those that parking kept from their turn; asked with the chain's retry. */
  skipped: string[];
  replay?: Replay;
  /** Whether the broker had given it out before. */
  redelivered: boolean;
  /** This process died of it again and again: it is not worked on, and every delivery of it is dead for this reason. */
  condemned?: string;
  fresh: boolean;
}
