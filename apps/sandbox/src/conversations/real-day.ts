import type { EventName } from '@patchbay/edi';
import { v5 as uuidv5 } from 'uuid';
import type { PlayedContact, PlayedEvent } from './conversation-event';

/** One event of a recorded day; `at` is in seconds since midnight. */
export interface RecordedEvent extends PlayedEvent {
  at: number;
}

const columns = [
  'call_id',
  'line',
  'type',
  'vru_entry',
  'vru_exit',
  'q_start',
  'q_exit',
  'outcome',
  'ser_start',
  'ser_exit',
  'agent',
] as const;
type Row = Record<(typeof columns)[number], string>;

/** Event ids are uuidv5 of contact id and event name in this namespace: a day replayed twice has the same ids. */
const namespace = '5f1d0a4e-7a53-4d0b-9c61-0e2f5a1b7c90';

/**
 * The events of a recorded day of calls, in the order they happened; those of one call in the order of its life.
 * The text is CSV with a header of call_id, line, type, the times (`h:mm:ss`, `0:00:00` = did not happen), outcome and
 * agent. Throws an Error that names the line when the text is not of this form.
 */
export function readRealDay(csv: string): RecordedEvent[] {
  const [header = '', ...lines] = csv.split(/\r?\n/);
  if (header !== columns.join(',')) {
    throw new Error(`line 1: expected the columns ${columns.join(',')}, found "${header.slice(0, 200)}"`);
  }
  const events = lines.flatMap((line, index) => (line === '' ? [] : eventsOfCall(readRow(line, index + 2))));
  // Stable: events of one call at the same second keep their order.
  return events.sort((one, other) => one.at - other.at);
}

function readRow(line: string, number: number): Row {
  const cells = line.split(',');
  if (cells.length !== columns.length) {
    throw new Error(`line ${number}: expected ${columns.length} cells, found ${cells.length}`);
  }
  const row = Object.fromEntries(columns.map((column, index) => [column, cells[index]])) as Row;
  const badTime = columns.filter(isTime).find((column) => !/^\d{1,2}:\d\d:\d\d$/.test(row[column]));
  if (badTime) throw new Error(`line ${number}: ${badTime} is no time h:mm:ss: "${row[badTime]}"`);
  return row;
}

function isTime(column: string): boolean {
  return /_(entry|exit|start)$/.test(column);
}

function secondsOf(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

/** The recorded times have faults; clamped, they never go back within a call. */
function eventsOfCall(row: Row): RecordedEvent[] {
  let latest = 0;
  return lifecycleOf(row).map(([name, time]) => {
    latest = Math.max(latest, secondsOf(time));
    const contact = contactOf(row, name);
    return { at: latest, id: uuidv5(`${contact.id} ${name}`, namespace), name, contact };
  });
}

function lifecycleOf(row: Row): [EventName, string][] {
  const queues = row.q_start !== '0:00:00';
  const arrival: [EventName, string][] = [
    ['received', row.vru_entry],
    ...(queues ? ([['queued', row.q_start]] as [EventName, string][]) : []),
  ];
  if (row.outcome === 'PHANTOM') return [];
  if (row.outcome === 'HANG') return [...arrival, ['abandoned', queues ? row.q_exit : row.vru_exit]];
  return [...arrival, ['allocated', row.ser_start], ['accepted', row.ser_start], ['ended', row.ser_exit]];
}

const withAgent: EventName[] = ['allocated', 'accepted', 'ended'];

function contactOf(row: Row, name: EventName): PlayedContact {
  const id = `${row.call_id}-${row.line}`;
  return {
    id,
    guid: id,
    channel_type: 'phone',
    direction: 'inbound',
    language: row.type === 'PE' ? 'EN' : 'HE',
    priority: 100,
    queue: { id: row.type, address: row.type },
    agent: withAgent.includes(name) ? { id: row.agent, number: null, chat_address: null } : null,
    // The record has no caller's number; this one is made from the call and the same on every replay.
    source: `+9723${row.call_id.padStart(7, '0')}`,
    destination: '+97236000000',
    attached_data: { line: row.line },
  };
}
