/** Something the administrator can put right is in the way of starting; shown as its message alone, without a stack. */
export class CannotStart extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CannotStart';
  }
}

/** What went wrong in one line; connection errors of several addresses at once have an empty message of their own. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
