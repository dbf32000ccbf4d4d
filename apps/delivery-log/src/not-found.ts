import { Problem } from '@patchbay/service-kit';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text can be the id of a row with UUIDs for ids; PostgreSQL would throw for others. */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}

/** The row, or 404 saying what is not there. */
export function found<T>(row: T | undefined, what: string, id: string): T {
  if (row === undefined) throw new Problem(404, { title: 'Not found', detail: `There is no ${what} "${id}".` });
  return row;
}
