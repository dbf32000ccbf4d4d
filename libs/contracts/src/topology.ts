import { defaultLanes } from './lane';
import type { OperatorEventKind } from './messages';

// Every exchange and queue of the system as plain data (architecture.md section 3). The messaging library declares
// it; nothing else names arguments. A changed argument means a new queue name plus a drain of the old one.

export type ServiceName = 'event-ingest' | 'dispatcher' | 'delivery-log' | 'config-service' | 'neighbour';

export interface ExchangeSpec {
  name: string;
  type: 'topic' | 'fanout';
  /** Where a message goes that no queue is bound for; hides returns, so only where no one waits for them. */
  alternateExchange?: string;
}

export interface QueueSpec {
  name: string;
  arguments: Record<string, string | number | boolean>;
  bindings: { exchange: string; routingKey: string }[];
}

export interface Topology {
  exchanges: ExchangeSpec[];
  queues: QueueSpec[];
}

export interface TopologyOptions {
  lanes?: number;
  /** Divides the waits of the retry ladder; tests run it faster. What waits for a consumer lives as long as ever. */
  timeScale?: number;
}

export const exchangeNames = {
  intake: 'patchbay.intake',
  events: 'patchbay.events',
  results: 'patchbay.results',
  poison: 'patchbay.poison',
  unrouted: 'patchbay.unrouted',
  config: 'patchbay.config',
  operatorEvents: 'patchbay.operator-events',
} as const;

export const queueNames = {
  intake: 'patchbay.intake',
  lane: (lane: number) => `patchbay.lane.${lane}`,
  suspects: 'patchbay.suspects',
  routing: 'patchbay.results.routing',
  agentDisplay: 'patchbay.results.agent-display',
  outcomes: 'patchbay.outcomes',
  deadLetters: 'patchbay.dead-letters',
  rejected: 'patchbay.rejected',
  poison: 'patchbay.poison',
  unrouted: 'patchbay.unrouted',
  suspensions: 'patchbay.operator-events.config-service',
  operatorEvents: 'patchbay.operator-events.delivery-log',
} as const;

/** The rungs of the retry ladder: how long a job waits in each, in milliseconds, shortest first. */
export const rungs = [
  { name: 'patchbay.delay.1s', milliseconds: 1_000 },
  { name: 'patchbay.delay.5s', milliseconds: 5_000 },
  { name: 'patchbay.delay.15s', milliseconds: 15_000 },
  { name: 'patchbay.delay.1m', milliseconds: 60_000 },
  { name: 'patchbay.delay.5m', milliseconds: 300_000 },
  { name: 'patchbay.delay.15m', milliseconds: 900_000 },
  { name: 'patchbay.delay.1h', milliseconds: 3_600_000 },
] as const;

/**
 * The rung for a wait: the longest that does not overshoot what remains; under a second rounds up to the shortest,
 * so a job goes round until it is due. `timeScale` as in the topology.
 */
export function rungFor(remainingMilliseconds: number, timeScale = 1): string {
  const fitting = rungs.filter((rung) => rung.milliseconds / timeScale <= remainingMilliseconds);
  return (fitting.at(-1) ?? rungs[0]).name;
}

const quorum = { 'x-queue-type': 'quorum' } as const;

/** Poison goes to patchbay.poison at least once. Without reject-publish the broker silently falls back to at-most-once. */
const safe = {
  ...quorum,
  'x-delivery-limit': 20,
  'x-dead-letter-exchange': exchangeNames.poison,
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
} as const;

/** The end of the road: nothing dead-letters from here. Never -1 and never absent: measured traps. */
const last = { ...quorum, 'x-delivery-limit': 1_000_000 } as const;

const single = { 'x-single-active-consumer': true } as const;
const mebibyte = 1024 * 1024;
const maxBytes = (mebibytes: number) => ({ 'x-max-length-bytes': mebibytes * mebibyte });

/** The whole topology. */
export function topology({ lanes = defaultLanes, timeScale = 1 }: TopologyOptions = {}): Topology {
  const timeToLive = (milliseconds: number) => ({ 'x-message-ttl': Math.max(1, Math.round(milliseconds)) });
  const minute = 60_000;
  return {
    exchanges: [
      { name: exchangeNames.intake, type: 'topic' },
      { name: exchangeNames.events, type: 'topic' },
      { name: exchangeNames.unrouted, type: 'fanout' },
      { name: exchangeNames.results, type: 'topic', alternateExchange: exchangeNames.unrouted },
      { name: exchangeNames.poison, type: 'fanout' },
      { name: exchangeNames.config, type: 'fanout' },
      { name: exchangeNames.operatorEvents, type: 'topic' },
      ...rungs.map(({ name }): ExchangeSpec => ({ name, type: 'fanout' })),
    ],
    queues: [
      {
        name: queueNames.intake,
        arguments: { ...safe, ...single, ...maxBytes(512) },
        bindings: [{ exchange: exchangeNames.intake, routingKey: 'conversation.#' }],
      },
      ...Array.from({ length: lanes }, (_, lane): QueueSpec => ({
        name: queueNames.lane(lane),
        arguments: { ...safe, ...single, ...maxBytes(256) },
        bindings: [{ exchange: exchangeNames.events, routingKey: `${lane}.#` }],
      })),
      ...rungs.map(({ name, milliseconds }): QueueSpec => ({
        name,
        // Expiry is the way on here: back to the events exchange under the job's own routing key, so to its lane.
        arguments: { ...safe, 'x-dead-letter-exchange': exchangeNames.events, ...timeToLive(milliseconds / timeScale) },
        bindings: [{ exchange: name, routingKey: '' }],
      })),
      {
        name: queueNames.routing,
        arguments: { ...last, ...timeToLive(10 * minute) },
        bindings: [{ exchange: exchangeNames.results, routingKey: '#.set.#' }],
      },
      {
        name: queueNames.agentDisplay,
        arguments: { ...last, ...timeToLive(24 * 60 * minute) },
        bindings: [{ exchange: exchangeNames.results, routingKey: '#.save.#' }],
      },
      { name: queueNames.suspects, arguments: { ...safe, ...single }, bindings: [] },
      { name: queueNames.outcomes, arguments: { ...safe, ...maxBytes(1024) }, bindings: [] },
      { name: queueNames.deadLetters, arguments: last, bindings: [] },
      { name: queueNames.rejected, arguments: last, bindings: [] },
      { name: queueNames.poison, arguments: last, bindings: [{ exchange: exchangeNames.poison, routingKey: '' }] },
      { name: queueNames.unrouted, arguments: last, bindings: [{ exchange: exchangeNames.unrouted, routingKey: '' }] },
      {
        name: queueNames.suspensions,
        arguments: last,
        bindings: [{ exchange: exchangeNames.operatorEvents, routingKey: 'suspended' satisfies OperatorEventKind }],
      },
      {
        name: queueNames.operatorEvents,
        arguments: last,
        bindings: [{ exchange: exchangeNames.operatorEvents, routingKey: '#' }],
      },
    ],
  };
}

/** Routing key of an event in a lane: `<lane>.<channel>.<direction>.<event>`. */
export function eventRoutingKey(lane: number, channel: string, direction: string, event: string): string {
  return `${lane}.${channel}.${direction}.${event}`;
}

/** Routing key of a job (retry or replay): kept through the rungs, it leads back to the lane. */
export function jobRoutingKey(lane: number): string {
  return `${lane}.job`;
}

/** Routing key of a beat, which only asks who holds the lane. */
export function beatRoutingKey(lane: number): string {
  return `${lane}.beat`;
}

/** Routing key of a result: `<channel>.<direction>` and the words `set`, `save` or both. */
export function resultRoutingKey(channel: string, direction: string, has: { set: boolean; save: boolean }): string {
  return [channel, direction, ...(has.set ? ['set'] : []), ...(has.save ? ['save'] : [])].join('.');
}
