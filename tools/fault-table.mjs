const columns = [
  ['fault', ({ fault }) => fault],
  ['accepted', ({ accepted }) => accepted],
  ['lost', ({ lost }) => lost],
  ['unexpected', ({ unexpected }) => unexpected],
  ['duplicate calls', ({ duplicateCalls }) => duplicateCalls],
  ['recovery', ({ recoveryMs }) => (recoveryMs === null ? '-' : `${(recoveryMs / 1_000).toFixed(1)} s`)],
];

const summed = ['accepted', 'lost', 'unexpected', 'duplicateCalls'];

/** Rows of the same fault as one: the sum of each figure, and the longest recovery. */
function mergeRows(rows) {
  const merged = new Map();
  for (const row of rows) {
    const before = merged.get(row.fault);
    const sums = Object.fromEntries(summed.map((figure) => [figure, row[figure] + (before?.[figure] ?? 0)]));
    const known = [row.recoveryMs, before?.recoveryMs].filter((value) => typeof value === 'number');
    merged.set(row.fault, { fault: row.fault, ...sums, recoveryMs: known.length > 0 ? Math.max(...known) : null });
  }
  return [...merged.values()];
}

/** The rows of the fault suite as a table for a terminal, in the order of the faults; figures to the right. */
export function alignedTable(rows) {
  const sorted = mergeRows(rows).sort((one, other) => one.fault.localeCompare(other.fault, 'en', { numeric: true }));
  const lines = [columns.map(([head]) => head), ...sorted.map((row) => columns.map(([, cell]) => String(cell(row))))];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => cells[index].length)));
  const show = (cells) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])));
  return lines.map((cells) => `  ${show(cells).join('  ')}`).join('\n');
}
