import { lookUp, renderText, type Scope } from '@patchbay/template';
import { percentEncode } from './encode';
import { pathOf, type Findings } from './fault';
import type { Json } from './json';
import { bodyGrammar } from './roots';
import { edited, growTree, renderBodyValue, type ValueTree } from './value-tree';

/** One param: its name and what it is made of; a literal null is left out when compiled. */
export type ParamTemplate = [name: string, tree: ValueTree];

/** Parses `request.params`, or the top-level members of a form body, by the same rules. */
export function parseParams(params: Record<string, Json>, path: string, findings: Findings): ParamTemplate[] {
  const object = growTree(params, bodyGrammar, path, findings);
  const entries = object.kind === 'object' ? object.entries : [];
  return entries.filter(([, tree]) => tree.kind !== 'literal' || tree.value !== null);
}

/** `a=1&b=2`: UTF-8 percent-encoded, arrays repeat their key, missing values are sent empty. */
export function renderParams(params: ParamTemplate[], scope: Scope, path: string): string {
  return params
    .flatMap(([name, tree]) => textsOf(tree, scope).map((text) => pair(name, text, pathOf(path, name))))
    .join('&');
}

function pair(name: string, text: string, path: string): string {
  return `${percentEncode(name, path)}=${percentEncode(text, path)}`;
}

function textsOf(tree: ValueTree, scope: Scope): string[] {
  switch (tree.kind) {
    case 'array':
      // Only the param itself repeats its key; a list inside it is one value.
      return tree.items.map((item) => textOfItem(item, scope));
    case 'text':
      return [renderText(tree.template, scope, edited)];
    case 'whole': {
      const value = lookUp(scope, tree.placeholder);
      if (Array.isArray(value)) return value.map((item) => textOf(item as Json));
      return [value === undefined || value === null ? '' : edited(value, tree.placeholder)];
    }
    default:
      return [textOf(renderBodyValue(tree, scope))];
  }
}

function textOfItem(tree: ValueTree, scope: Scope): string {
  if (tree.kind === 'text') return renderText(tree.template, scope, edited);
  if (tree.kind !== 'whole') return textOf(renderBodyValue(tree, scope));
  const value = lookUp(scope, tree.placeholder);
  return value === undefined || value === null ? '' : edited(value, tree.placeholder);
}

function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
