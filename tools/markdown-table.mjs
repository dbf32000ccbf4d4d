/** A table in Markdown; cells are Markdown themselves. Columns are aligned by the formatter. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
