import type { DataSource } from 'typeorm';
import { addDays, dayOf, type Day } from './day';
import { makePartitions } from './make-partition';

export interface PartitionsOptions {
  dataSource: DataSource;
  /** So many days are kept besides today. */
  retentionDays: number;
  /** Epoch milliseconds. */
  now(): number;
}

/** Days ahead of today that have their partitions before the first row comes. */
const daysAhead = 2;

/**
 * Sees to it that a row's day has its partitions before the row is written. What lies outside of what is kept, by a wrong
 * clock or a very late message, goes to the default partition.
 */
export class Partitions {
  private readonly making = new Map<Day, Promise<void>>();

  constructor(private readonly options: PartitionsOptions) {}

  /** For rows of these times (RFC 3339); what is no time is left to PostgreSQL to refuse. */
  async prepare(times: Iterable<string>): Promise<void> {
    const days = new Set([...times].map(dayOf).filter((day) => day !== undefined));
    await Promise.all([...days].filter((day) => this.isKept(day)).map((day) => this.make(day)));
  }

  /** For today and the days to come. */
  async prepareAhead(): Promise<void> {
    for (let ahead = 0; ahead <= daysAhead; ahead++) await this.make(addDays(this.today(), ahead));
  }

  /** The first day that is kept. */
  get oldest(): Day {
    return addDays(this.today(), -this.options.retentionDays);
  }

  isKept(day: Day): boolean {
    return day >= this.oldest && day <= addDays(this.today(), daysAhead);
  }

  /** A day that was dropped may come back only when its rows do. */
  forget(day: Day): void {
    this.making.delete(day);
  }

  make(day: Day): Promise<void> {
    const made = this.making.get(day) ?? makePartitions(this.options.dataSource, day);
    this.making.set(day, made);
    made.catch(() => this.forget(day));
    return made;
  }

  private today(): Day {
    return dayOf(this.options.now())!;
  }
}
