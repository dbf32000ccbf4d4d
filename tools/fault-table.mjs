const columns = [
  ['fault', ({ fault }) => fault],
  ['accepted', ({ accepted }) => accepted],
  ['lost', ({ lost }) => lost],
  ['unexpected', ({ unexpected }) => unexpected],
  ['duplicate calls', ({ duplicateCalls }) => duplicateCalls],
  ['recovery', ({ recoveryMs }) => (recoveryMs === null ? '-' : `${(recoveryMs / 1_000).toFixed(1)} s`)],
];

/** The rows of the fault suite as a table for a terminal; names to the left, figures to the right. */
export function alignedTable(rows) {
  const lines = [columns.map(([head]) => head), ...rows.map((row) => columns.map(([, cell]) => String(cell(row))))];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => cells[index].length)));
  const show = (cells) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])));
  return lines.map((cells) => `  ${show(cells).join('  ')}`).join('\n');
}
