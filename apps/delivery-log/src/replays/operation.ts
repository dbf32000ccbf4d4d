import { v5 } from 'uuid';
import type { ReplayFilterDto } from './replay.dto';

/** A draft waits to be started; done and cancelled are the ends. */
export const operationStates = ['draft', 'running', 'paused', 'done', 'cancelled'] as const;
export type OperationState = (typeof operationStates)[number];

export const configurationChoices = ['then', 'now'] as const;
export type ConfigurationChoice = (typeof configurationChoices)[number];

export const keyChoices = ['same', 'new'] as const;
export type KeyChoice = (typeof keyChoices)[number];

/**
 * A replay of many deliveries as it is stored. `found` is how many the filter found when it was drafted; `selectedAt`
 * is set once all of them are items.
 */
export interface Operation {
  id: string;
  state: OperationState;
  filter: ReplayFilterDto;
  configuration: ConfigurationChoice;
  keys: KeyChoice;
  ratePerSecond: number;
  found: number;
  createdAt: Date;
  requestedBy: string;
  startedAt: Date | null;
  startedBy: string | null;
  pausedAt: Date | null;
  pausedBy: string | null;
  resumedAt: Date | null;
  resumedBy: string | null;
  cancelledAt: Date | null;
  cancelledBy: string | null;
  finishedAt: Date | null;
  selectedAt: Date | null;
  /** Why it does not go on for the moment, though it runs. */
  problem: string | null;
}

/** Columns of replay_operations as Operation names them. */
export const operationColumns = `id, state, filter, configuration, keys, rate_per_second as "ratePerSecond", found,
  created_at as "createdAt", requested_by as "requestedBy", started_at as "startedAt", started_by as "startedBy",
  paused_at as "pausedAt", paused_by as "pausedBy", resumed_at as "resumedAt", resumed_by as "resumedBy",
  cancelled_at as "cancelledAt", cancelled_by as "cancelledBy",
  finished_at as "finishedAt", selected_at as "selectedAt", problem`;

/** The replay of a delivery by an operation: derived, so that sending an item again is the same replay. */
export function replayIdOf(operationId: string, deliveryId: string): string {
  return v5(deliveryId, operationId);
}
