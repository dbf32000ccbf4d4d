/** Where in a source something is: line and column count from 1, the caret line stands below the line it points into. */
export interface Place {
  line: number;
  column: number;
  caret: string;
}

const reach = 60;

/** The place of an offset (in characters of a JavaScript text) in a source. */
export function placeAt(source: string, offset: number): Place {
  const lines = source.slice(0, offset).split(/\r\n|\n|\r/);
  const column = lines.at(-1)!.length;
  const start = offset - column;
  const line = source.slice(start).split(/[\r\n]/, 1)[0]!;
  const from = Math.max(0, column - reach);
  const shown = line.slice(from, column + reach).replace(/\t/g, ' ');
  return { line: lines.length, column: column + 1, caret: `${shown}\n${' '.repeat(column - from)}^` };
}

/** A sentence with where it applies, and a caret below. */
export function sayAt(message: string, source: string, offset: number): string {
  const { line, column, caret } = placeAt(source, offset);
  const where = line === 1 ? `column ${column}` : `line ${line}, column ${column}`;
  return `${message} (${where})\n${caret}`;
}
