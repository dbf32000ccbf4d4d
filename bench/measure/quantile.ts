/** The value below which that share of the values lies, e.g. 0.95; NaN when there are none. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil((sorted.length - 1) * share)] ?? NaN;
}
