/** A message's body as rows for the database, or what is wrong with it in one sentence. */
export type Read<T> = { value: T } | { fault: string };

/** What PostgreSQL cannot store in text: NUL and halves of surrogate pairs, which JSON can spell. */
const unstorable = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/** Parses a body and maps it; a body that is no JSON or of another shape than `map` needs is a fault, not a throw. */
export function readMessage<T>(body: Buffer, map: (message: never) => T): Read<T> {
  try {
    const text = body.toString('utf8');
    const message: unknown = JSON.parse(text, unstorable.test(text) ? makeStorable : undefined);
    return { value: map(message as never) };
  } catch (error) {
    return { fault: `not a message of this queue: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function makeStorable(_: string, value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value).toString().replaceAll('\u0000', '\ufffd') : value;
}
