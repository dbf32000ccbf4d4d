import type { Figure } from './rounds';

/** One measured thing, with the target it has to keep, if any. */
export interface Line {
  name: string;
  unit: string;
  figure: Figure;
  atMost?: number;
}

/** For people: a line each, medians with quarter points, and whether targets are met. */
export function printLines(title: string, lines: Line[]): void {
  const width = Math.max(...lines.map(({ name }) => name.length));
  const rows = lines.map(({ name, unit, figure: { median, low, high }, atMost }) => {
    const spread = low === high ? '' : `  (${short(low)} to ${short(high)})`;
    const target = atMost === undefined ? '' : `  at most ${atMost}: ${median <= atMost ? 'met' : 'NOT MET'}`;
    return `  ${name.padEnd(width)}  ${short(median).padStart(7)} ${unit.padEnd(3)}${spread.padEnd(18)}${target}`.trimEnd();
  });
  process.stdout.write(`\n${title}\n\n${rows.join('\n')}\n`);
}

/** Whether every line that has a target meets it. */
export function targetsMet(lines: Line[]): boolean {
  return lines.every(({ figure, atMost }) => atMost === undefined || figure.median <= atMost);
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
