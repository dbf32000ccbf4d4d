/** A day in UTC, e.g. `2026-11-23`; days sort as text. */
export type Day = string;

const dayMs = 86_400_000;

/** The day of a time; undefined for what is no time. */
export function dayOf(time: string | number): Day | undefined {
  const milliseconds = typeof time === 'number' ? time : Date.parse(time);
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().split('T')[0];
}

/** So many days later, earlier when negative. */
export function addDays(day: Day, days: number): Day {
  return dayOf(Date.parse(day) + days * dayMs)!;
}

/** e.g. `deliveries_2026_11_23`. */
export function partitionName(table: string, day: Day): string {
  return `${table}_${day.replaceAll('-', '_')}`;
}

/** The day that a partition is for; undefined for the default partition. */
export function dayOfPartition(name: string): Day | undefined {
  const [, year, month, date] = /_(\d{4})_(\d\d)_(\d\d)$/.exec(name) ?? [];
  return year && `${year}-${month}-${date}`;
}
