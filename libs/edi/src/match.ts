import { channelTypes, contactDirections } from './channel';
import { type Contact, type LifecycleEvent } from './event';
import type { CompiledIntegration } from './compile';
import { queueKey } from './queue-id';

/** What matching looks at. */
export type Matchable = Pick<CompiledIntegration, 'record' | 'missingAuthentications'>;

/** Finds what fires for an event at a cost that does not grow with the number of integrations. */
export interface MatchIndex<T extends Matchable = CompiledIntegration> {
  /** The integrations that fire, in the order in which their chain is walked. */
  match(event: LifecycleEvent): T[];
}

interface Cell<T> {
  everyQueue: T[];
  byQueue: Map<string, T[]>;
  direct: T[];
}

/** Indexes integrations by event, channel, direction and queue. Incomplete and suspended ones are left out. */
export function buildMatchIndex<T extends Matchable>(integrations: Iterable<T>): MatchIndex<T> {
  const cells = new Map<string, Cell<T>>();
  for (const integration of [...integrations].filter(canFire).sort(byWalkOrder)) {
    for (const key of keysOf(integration)) put(cellAt(cells, key), key, integration);
  }
  return {
    match({ event, contact }) {
      const cell = cells.get(cellKey(event.name, contact.channel_type, contact.direction));
      return cell ? inCell(cell, contact) : [];
    },
  };
}

function canFire({ record, missingAuthentications }: Matchable): boolean {
  return missingAuthentications.length === 0 && record.suspended === null;
}

/** `ordinal` order; ties: the older record first, then by id. */
export function byWalkOrder({ record: one }: Matchable, { record: other }: Matchable): number {
  return one.ordinal - other.ordinal || compare(one.createdAt, other.createdAt) || compare(one.id, other.id);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function cellKey(event: string, channel: string, direction: string): string {
  return `${event} ${channel} ${direction}`;
}

function keysOf({ record }: Matchable): string[] {
  const channels = record.channel === 'multi' ? channelTypes : [record.channel];
  const directions = record.direction === 'both' ? contactDirections : [record.direction];
  return record.events.flatMap((event) =>
    channels.flatMap((channel) => directions.map((direction) => cellKey(event, channel, direction))),
  );
}

function cellAt<T>(cells: Map<string, Cell<T>>, key: string): Cell<T> {
  const cell = cells.get(key) ?? { everyQueue: [], byQueue: new Map(), direct: [] };
  cells.set(key, cell);
  return cell;
}

function put<T extends Matchable>(cell: Cell<T>, key: string, integration: T): void {
  const { queues, direct } = integration.record;
  const channel = key.split(' ')[1];
  if (queues.includes('*')) cell.everyQueue.push(integration);
  else {
    for (const queue of new Set(queues.map(queueKey))) {
      const list = cell.byQueue.get(queue);
      if (list) list.push(integration);
      else cell.byQueue.set(queue, [integration]);
    }
  }
  if ((channel === 'phone' && direct.calls) || (channel === 'chat' && direct.chats)) cell.direct.push(integration);
}

function inCell<T extends Matchable>(cell: Cell<T>, { queue }: Contact): T[] {
  if (queue === null) return cell.direct;
  const id = queue['id'];
  const named = typeof id === 'string' ? cell.byQueue.get(queueKey(id)) : undefined;
  if (named === undefined) return cell.everyQueue;
  return cell.everyQueue.length === 0 ? named : [...cell.everyQueue, ...named].sort(byWalkOrder);
}
