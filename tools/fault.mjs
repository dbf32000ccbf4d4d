/** Something the person at the keyboard can put right: printed as it stands, without a stack. */
export class Fault extends Error {}

/** The work was given up because the person asked to stop. */
export class Interrupted extends Error {}

/** What to print for an error: a fault is its own message, anything else is a bug and shows where it happened. */
export function describeError(error) {
  return error instanceof Fault ? error.message : (error?.stack ?? String(error));
}
