import { channelTypes, contactDirections } from './channel';
import { type Contact, type LifecycleEvent } from './event';
import type { CompiledIntegration } from './compile';
import { queueKey } from './queue-id';

/** Finds what fires for an event at a cost that does not grow with the number of integrations. */
export interface MatchIndex {
  /** The integrations that fire, in the order in which their chain is walked. */
  match(event: LifecycleEvent): CompiledIntegration[];
}

interface Cell {
  everyQueue: CompiledIntegration[];
  byQueue: Map<string, CompiledIntegration[]>;
  direct: CompiledIntegration[];
}

/** Indexes integrations by event, channel, direction and queue. Incomplete and suspended ones are left out. */
export function buildMatchIndex(integrations: Iterable<CompiledIntegration>): MatchIndex {
  const cells = new Map<string, Cell>();
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

function canFire({ record, missingAuthentications }: CompiledIntegration): boolean {
  return missingAuthentications.length === 0 && record.suspended === null;
}

/** `ordinal` order; ties: the older record first, then by id. */
export function byWalkOrder({ record: one }: CompiledIntegration, { record: other }: CompiledIntegration): number {
  return one.ordinal - other.ordinal || compare(one.createdAt, other.createdAt) || compare(one.id, other.id);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function cellKey(event: string, channel: string, direction: string): string {
  return `${event} ${channel} ${direction}`;
}

function keysOf({ record }: CompiledIntegration): string[] {
  const channels = record.channel === 'multi' ? channelTypes : [record.channel];
  const directions = record.direction === 'both' ? contactDirections : [record.direction];
  return record.events.flatMap((event) =>
    channels.flatMap((channel) => directions.map((direction) => cellKey(event, channel, direction))),
  );
}

function cellAt(cells: Map<string, Cell>, key: string): Cell {
  const cell = cells.get(key) ?? { everyQueue: [], byQueue: new Map(), direct: [] };
  cells.set(key, cell);
  return cell;
}

function put(cell: Cell, key: string, integration: CompiledIntegration): void {
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

function inCell(cell: Cell, { queue }: Contact): CompiledIntegration[] {
  if (queue === null) return cell.direct;
  const id = queue['id'];
  const named = typeof id === 'string' ? cell.byQueue.get(queueKey(id)) : undefined;
  if (named === undefined) return cell.everyQueue;
  return cell.everyQueue.length === 0 ? named : [...cell.everyQueue, ...named].sort(byWalkOrder);
}
