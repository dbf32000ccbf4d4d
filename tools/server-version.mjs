/** Whether a version such as 3.10.8 is at least another such as 3.10. */
export function isAtLeast(minimum, version) {
  const [wanted, given] = [minimum, version].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 10) || 0),
  );
  for (let index = 0; index < wanted.length; index += 1) {
    const difference = (given[index] ?? 0) - wanted[index];
    if (difference !== 0) return difference > 0;
  }
  return true;
}
