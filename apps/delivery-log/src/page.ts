import { Problem } from '@patchbay/service-kit';

/** A part of a list, newest first; `nextCursor` is null on the last one. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Conditions of a query with their parameters, numbered as they come, after those of `before` if it has some. */
export class Conditions {
  private readonly texts: string[] = [];
  readonly parameters: unknown[];

  constructor(before?: Conditions) {
    this.parameters = [...(before?.parameters ?? [])];
  }

  /** Adds a condition that takes no value. */
  when(holds: boolean, text: string): this {
    if (holds) this.texts.push(text);
    return this;
  }

  /** Adds a condition unless the value is absent; every `?` in it stands for the value. */
  add(text: string, value: unknown): this {
    if (value === undefined) return this;
    this.parameters.push(value);
    this.texts.push(text.replaceAll('?', `$${this.parameters.length}`));
    return this;
  }

  /** Only what comes after the cursor in the order of `columns`, descending unless said. */
  after(
    columns: [time: string, id: string],
    cursor: string | undefined,
    order: 'newest first' | 'oldest first' = 'newest first',
  ): this {
    if (cursor === undefined) return this;
    const { time, id } = readCursor(cursor);
    this.parameters.push(time, id);
    const [first, second] = [this.parameters.length - 1, this.parameters.length];
    const beyond = order === 'newest first' ? '<' : '>';
    this.texts.push(`(${columns.join(', ')}) ${beyond} ($${first}, $${second})`);
    return this;
  }

  get none(): boolean {
    return this.texts.length === 0;
  }

  get where(): string {
    return this.none ? '' : `where ${this.texts.join(' and ')}`;
  }
}

/** Cuts a page out of one row more than asked for; `position` is what the order goes by. */
export function pageOf<Row>(rows: Row[], limit: number, position: (row: Row) => { time: Date; id: string }): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? writeCursor(position(last)) : null };
}

/** Leads to what comes after this row, newest first. */
export function writeCursor({ time, id }: { time: Date; id: string }): string {
  return Buffer.from(`${time.toISOString()} ${id}`).toString('base64url');
}

function readCursor(cursor: string): { time: string; id: string } {
  const [, time, id] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ([^\0]+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!time || !id || Number.isNaN(Date.parse(time))) throw unknownCursor();
  return { time, id };
}

function unknownCursor(): Problem {
  const message = 'is not a cursor that this service gave out; leave it away to start from the newest';
  const errors = [{ path: 'cursor', code: 'cursor-unknown', message }];
  return new Problem(400, { title: 'Invalid request', detail: `cursor ${message}.`, errors });
}
