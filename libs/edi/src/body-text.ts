import { lookUp, renderText, type Scope } from '@patchbay/template';
import { edited, type ValueTree } from './value-tree';

/** A JSON body as the text it becomes: what never changes is text already, the rest is a function of the event. */
export type BodyText = (string | ((scope: Scope) => string))[];

/** Prepares a body once, so that an event costs no tree of values and no serialising of what is fixed. */
export function prepareBodyText(tree: ValueTree): BodyText {
  const pieces: BodyText = [];
  for (const piece of piecesOf(tree)) {
    const last = pieces.length - 1;
    const before = pieces[last];
    if (typeof piece === 'string' && typeof before === 'string') pieces[last] = before + piece;
    else pieces.push(piece);
  }
  return pieces.slice();
}

/** The body for an event: whole placeholders keep their type, what is missing is null, in a text empty. */
export function writeBody(pieces: BodyText, scope: Scope): string {
  let text = '';
  for (const piece of pieces) text += typeof piece === 'string' ? piece : piece(scope);
  return text;
}

function piecesOf(tree: ValueTree): BodyText {
  switch (tree.kind) {
    case 'literal':
      return [JSON.stringify(tree.value)];
    case 'whole':
      return [(scope) => JSON.stringify(lookUp(scope, tree.placeholder) ?? null)];
    case 'text':
      return [(scope) => JSON.stringify(renderText(tree.template, scope, edited))];
    case 'array':
      return ['[', ...tree.items.flatMap((item, at) => [at > 0 ? ',' : '', ...piecesOf(item)]), ']'];
    case 'object':
      return [
        '{',
        ...tree.entries.flatMap(([key, item], at) => [
          `${at > 0 ? ',' : ''}${JSON.stringify(key)}:`,
          ...piecesOf(item),
        ]),
        '}',
      ];
  }
}
