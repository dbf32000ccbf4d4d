/** Parts no path may have: they lead out of the data. */
const forbidden = new Set(['__proto__', 'prototype', 'constructor']);

const named = /\.([\p{L}\p{N}_-]+)/uy;
const indexed = /\[(\d+)\]/y;
const quoted = /\['((?:[^']|'')*)'\]/y;

export interface ParsedPath {
  path: string[];
  /** Index of the first character after the path. */
  end: number;
  forbidden: string | undefined;
}

/** Reads `.name`, `.0`, `[0]` and `['any text']` parts from `start` on, as many as follow each other. */
export function parsePath(source: string, start: number): ParsedPath {
  const path: string[] = [];
  let end = start;
  for (let part = partAt(source, end); part; part = partAt(source, end)) {
    path.push(part.text);
    end = part.end;
  }
  return { path: path.slice(), end, forbidden: path.find((part) => forbidden.has(part)) };
}

function partAt(source: string, at: number): { text: string; end: number } | undefined {
  for (const form of [named, indexed, quoted]) {
    form.lastIndex = at;
    const match = form.exec(source);
    if (match) return { text: match[1]!.replaceAll("''", "'"), end: form.lastIndex };
  }
  return undefined;
}
