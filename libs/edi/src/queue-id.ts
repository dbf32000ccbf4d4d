const hex32 = /^[0-9a-f]{32}$/i;

/** The form of a queue id under which equal ids are the same text: 32 hex digits ignore case and hyphens. */
export function queueKey(id: string): string {
  const digits = id.replaceAll('-', '');
  return hex32.test(digits) ? digits.toLowerCase() : id;
}

/** Equal when the same text, or both 32 hex digits without hyphens and equal ignoring case. */
export function sameQueue(one: string, other: string): boolean {
  return queueKey(one) === queueKey(other);
}
