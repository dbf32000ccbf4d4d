/** One thing that is wrong with an input. `path` is a JSON path like `configuration.request.params.phone`. */
export interface Fault {
  path: string;
  code: string;
  message: string;
}

/** What a check found: faults stop the input, warnings are legal but doubtful. */
export interface Findings {
  faults: Fault[];
  warnings: Fault[];
}

/** A JSON path below `base` (a path already): names by dots, indexes and odd names in brackets. */
export function pathOf(base: string, ...parts: (string | number)[]): string {
  return parts.reduce<string>((path, part) => {
    if (typeof part === 'number') return `${path}[${part}]`;
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(part)) return `${path}[${JSON.stringify(part)}]`;
    return path === '' ? part : `${path}.${part}`;
  }, base);
}
