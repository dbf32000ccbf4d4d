const missing = /\bnull_type\b/;
const mixed = /\((?:double, int|int, double|uint, double|double, uint)\)/;

/** What the library says of an evaluation, in the words of a source, with the usual reason. */
export function plainly(message: string): string {
  const plain = message
    .replace(/'_([^_']+)_'/g, "'$1'")
    .replace(/'([-!])_'/g, "'$1'")
    .replace("'@in'", "'in'")
    .replace(/'(\w+)\.\(/, "'$1 (")
    .replace(/\bnull_type\b/g, 'null');
  if (plain === 'type mismatch: iterable vs null') return 'a list or map is expected here, but it is missing or null';
  if (!plain.startsWith('found no matching overload')) return plain;
  if (missing.test(message)) return `${plain}: a part is missing or null; ask for it first, as in x != null && ...`;
  if (mixed.test(message)) return `${plain}: numbers of an event are doubles; write 2.0 for 2, or int(...) around them`;
  return plain;
}

/** Whether the types of the operands are at fault, rather than their values. */
export function isTypeError(message: string): boolean {
  return /no matching overload|type mismatch|expected here|true or false/.test(message);
}
