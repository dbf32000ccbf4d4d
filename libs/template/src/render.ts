import type { Placeholder, Template } from './placeholder';

/** The values of the roots, by name. Values are JSON; undefined means missing. */
export type Scope = Readonly<Record<string, unknown>>;

/** How a value looks inside a text; missing and null are never asked. */
export type TextOf = (value: unknown, placeholder: Placeholder) => string;

/** The value at the end of the path: own properties and array indexes only; undefined when any part is missing. */
export function lookUp(scope: Scope, { root, path }: Placeholder): unknown {
  let value: unknown = Object.hasOwn(scope, root) ? scope[root] : undefined;
  for (const part of path) value = partOf(value, part);
  return value;
}

function partOf(value: unknown, part: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return /^\d+$/.test(part) ? (value[Number(part)] as unknown) : undefined;
  return Object.hasOwn(value, part) ? (value as Record<string, unknown>)[part] : undefined;
}

/** Strings as they are; numbers and booleans as JSON text; objects and arrays as compact JSON. */
export function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Renders as text; what is missing or null is empty. */
export function renderText(template: Template, scope: Scope, textOf: TextOf = plainText): string {
  let text = '';
  for (const piece of template.pieces) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const value = lookUp(scope, piece);
    if (value !== undefined && value !== null) text += textOf(value, piece);
  }
  return text;
}

/** The placeholders of a template, in order. */
export function placeholdersOf(template: Template): Placeholder[] {
  return template.pieces.filter((piece): piece is Placeholder => typeof piece === 'object');
}
