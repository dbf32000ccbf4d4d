import { readFileSync } from 'node:fs';

/** What the file says must happen: an oracle of its own, not the sandbox's reading. */
export interface RecordedDay {
  /** By contact id (`call_id-line`), the names of its events in the order of its life. */
  lifecycles: Map<string, string[]>;
  /** Events by name. */
  counts: Record<string, number>;
  /** How many calls with an event of this name the customer database knows: their made-up number ends in 1 to 9. */
  known(name: string): number;
}

/** Reads a day in the format of the public data set of one call centre. */
export function readRecordedDay(file: string): RecordedDay {
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(','))
    .filter((cells) => cells[7] !== 'PHANTOM');
  const lifecycles = new Map(rows.map((cells) => [`${cells[0]}-${cells[1]}`, lifecycleOf(cells)]));
  const names = [...lifecycles.values()].flat();
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  const knownCalls = rows.filter(([callId]) => !callId!.endsWith('0')).map((cells) => `${cells[0]}-${cells[1]}`);
  return {
    lifecycles,
    counts,
    known: (name) => knownCalls.filter((id) => lifecycles.get(id)!.includes(name)).length,
  };
}

function lifecycleOf(cells: string[]): string[] {
  const arrival = cells[5] === '0:00:00' ? ['received'] : ['received', 'queued'];
  return [...arrival, ...(cells[7] === 'HANG' ? ['abandoned'] : ['allocated', 'accepted', 'ended'])];
}
