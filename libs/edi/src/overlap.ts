import { channelTypes, contactDirections } from './channel';
import { pathOf, type Fault } from './fault';
import type { Integration } from './integration';
import { queueKey } from './queue-id';

/** What of a record decides when it fires. */
export type FiringRecord = Pick<Integration, 'id' | 'name' | 'channel' | 'direction' | 'events' | 'queues' | 'direct'>;

/** At most this many integrations start for one event (language.md 3.3). */
export const longestChain = 3;

/**
 * Warns where more than three integrations may fire for the same event, channel, direction and queue: the last ones by
 * ordinal are then left out. One warning per event. Conditions are not looked at: they may still keep them apart.
 */
export function overlapWarnings(record: FiringRecord, others: Iterable<FiringRecord>): Fault[] {
  const neighbours = [...others].filter((other) => other.id !== record.id && sharesEvents(record, other));
  if (neighbours.length < longestChain) return [];
  return record.events.flatMap((event, at) => {
    const crowd = largestCrowd(
      record,
      neighbours.filter(({ events }) => events.includes(event)),
    );
    if (crowd.names.length < longestChain) return [];
    const message = `at "${event}", ${crowd.where}, it meets ${crowd.names.length} others (${listed(crowd.names)}); only ${longestChain} start, by ordinal, unless conditions keep them apart`;
    return [{ path: pathOf('events', at), code: 'overlap', message }];
  });
}

function sharesEvents(record: FiringRecord, other: FiringRecord): boolean {
  return record.events.some((event) => other.events.includes(event));
}

interface Crowd {
  where: string;
  names: string[];
}

function largestCrowd(record: FiringRecord, others: FiringRecord[]): Crowd {
  const crowds = channelsOf(record).flatMap((channel) =>
    directionsOf(record).flatMap((direction) => {
      const present = others.filter(
        (other) => channelsOf(other).includes(channel) && directionsOf(other).includes(direction),
      );
      return placesOf(record, present, channel).map(({ place, names }) => ({
        where: `${channel} ${direction}, ${place}`,
        names,
      }));
    }),
  );
  return crowds.reduce((largest, crowd) => (crowd.names.length > largest.names.length ? crowd : largest), {
    where: '',
    names: [],
  });
}

function channelsOf({ channel }: FiringRecord): readonly string[] {
  return channel === 'multi' ? channelTypes : [channel];
}

function directionsOf({ direction }: FiringRecord): readonly string[] {
  return direction === 'both' ? contactDirections : [direction];
}

function placesOf(record: FiringRecord, others: FiringRecord[], channel: string): { place: string; names: string[] }[] {
  const takesDirect = ({ direct }: FiringRecord) =>
    (channel === 'phone' && direct.calls) || (channel === 'chat' && direct.chats);
  const direct = takesDirect(record) ? [{ place: 'direct', names: namesOf(others.filter(takesDirect)) }] : [];
  const everywhere = others.filter(({ queues }) => queues.includes('*'));
  const byQueue = new Map<string, FiringRecord[]>();
  for (const other of others) {
    if (other.queues.includes('*')) continue;
    for (const queue of new Set(other.queues.map(queueKey))) byQueue.set(queue, [...(byQueue.get(queue) ?? []), other]);
  }
  const anyQueue = record.queues.includes('*');
  const queues = anyQueue ? [...byQueue.keys()] : record.queues.map(queueKey);
  const named = queues.map((queue) => ({
    place: `queue ${queue}`,
    names: namesOf([...everywhere, ...(byQueue.get(queue) ?? [])]),
  }));
  return [...direct, ...(anyQueue ? [{ place: 'any queue', names: namesOf(everywhere) }] : []), ...named];
}

function namesOf(records: FiringRecord[]): string[] {
  return records.map(({ name }) => name);
}

function listed(names: string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
}
