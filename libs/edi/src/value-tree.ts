import { lookUp, parseTemplate, placeholdersOf, plainText, renderText } from '@patchbay/template';
import type { ParsedTemplate, Placeholder, Scope, Template, TemplateGrammar } from '@patchbay/template';
import { isJsonObject, type Json, type JsonObject } from './json';
import { doubtPlaceholders } from './doubts';
import { pathOf, type Findings } from './fault';

/** A JSON value of the configuration with its texts parsed; made once, rendered per event. */
export type ValueTree =
  | { kind: 'literal'; value: null | boolean | number | string }
  | { kind: 'text'; template: Template }
  | { kind: 'whole'; placeholder: Placeholder; template: Template }
  | { kind: 'array'; items: ValueTree[] }
  | { kind: 'object'; entries: [string, ValueTree][] };

/** Parses every text of a JSON value; faults and warnings go to `findings` under their JSON path. */
export function growTree(value: Json, grammar: TemplateGrammar, path: string, findings: Findings): ValueTree {
  if (typeof value === 'string') return leafOf(parseText(value, grammar, path, findings));
  if (Array.isArray(value)) {
    return { kind: 'array', items: value.map((item, at) => growTree(item, grammar, pathOf(path, at), findings)) };
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(([key, item]): [string, ValueTree] => {
      refuseKey(key, grammar, path, findings);
      return [key, growTree(item, grammar, pathOf(path, key), findings)];
    });
    return { kind: 'object', entries };
  }
  return { kind: 'literal', value };
}

/** Parses one text and reports what is wrong with it. */
export function parseText(text: string, grammar: TemplateGrammar, path: string, findings: Findings): ParsedTemplate {
  const parsed = parseTemplate(text, grammar);
  for (const placeholder of placeholdersOf(parsed.template)) lowerHeaderName(placeholder);
  for (const { code, message, column, caret } of parsed.faults) {
    findings.faults.push({ path, code, message: `${message} (column ${column})\n${caret}` });
  }
  doubtPlaceholders(parsed.template, grammar, path, findings);
  for (const { code, message, column, caret } of parsed.warnings) {
    findings.warnings.push({ path, code, message: `${message} (column ${column})\n${caret}` });
  }
  return parsed;
}

/** Header names take any case; answers hold them in lower case. */
function lowerHeaderName({ root, path }: Placeholder): void {
  if (root === 'response' && path[0] === 'headers' && path[1] !== undefined) path[1] = path[1].toLowerCase();
}

function refuseKey(key: string, grammar: TemplateGrammar, path: string, findings: Findings): void {
  if (!key.includes('{') || placeholdersOf(parseTemplate(key, grammar).template).length === 0) return;
  const message = `the property name ${JSON.stringify(key)} has a placeholder; placeholders stand in values only`;
  findings.faults.push({ path: pathOf(path, key), code: 'placeholder-in-name', message });
}

function leafOf({ template }: ParsedTemplate): ValueTree {
  if (template.whole) return { kind: 'whole', placeholder: template.whole, template };
  if (template.pieces.every((piece) => typeof piece === 'string')) return { kind: 'literal', value: template.source };
  return { kind: 'text', template };
}

/** Inside a text `{event}` is the event's name; everything else is plain text. */
export function edited(value: unknown, { root, path }: Placeholder): string {
  if (root === 'event' && path.length === 0) return (value as { name: string }).name;
  return plainText(value);
}

/** A request body: whole placeholders keep their type, missing is null, in a text empty. */
export function renderBodyValue(tree: ValueTree, scope: Scope): Json {
  switch (tree.kind) {
    case 'literal':
      return tree.value;
    case 'whole':
      return (lookUp(scope, tree.placeholder) ?? null) as Json;
    case 'text':
      return renderText(tree.template, scope, edited);
    case 'array':
      return tree.items.map((item) => renderBodyValue(item, scope));
    case 'object':
      return Object.fromEntries(tree.entries.map(([key, item]) => [key, renderBodyValue(item, scope)]));
  }
}

/** A value with the places where nothing came from the answer left undefined. */
export type Partly = undefined | null | boolean | number | string | Partly[] | { [key: string]: Partly };

/** A set value: a text or placeholder with anything missing, null or empty in it is undefined. */
export function renderSetValue(tree: ValueTree, scope: Scope): Partly {
  switch (tree.kind) {
    case 'literal':
      return tree.value;
    case 'whole':
      return presentOrUndefined(lookUp(scope, tree.placeholder)) as Partly;
    case 'text':
      return placeholdersOf(tree.template).every((one) => presentOrUndefined(lookUp(scope, one)) !== undefined)
        ? renderText(tree.template, scope, edited)
        : undefined;
    case 'array':
      return tree.items.map((item) => renderSetValue(item, scope));
    case 'object':
      return setObject(tree.entries, scope);
  }
}

function setObject(entries: [string, ValueTree][], scope: Scope): Partly {
  const object: { [key: string]: Partly } = {};
  for (const [key, item] of entries) putOwn(object, key, renderSetValue(item, scope));
  return object;
}

/** Sets an own property whatever its name; a plain assignment to __proto__ would change what the object is. */
function putOwn<T>(object: { [key: string]: T }, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}

function presentOrUndefined(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

/** A save value: undefined = the key is skipped; null is saved as null; missing inner keys are skipped. */
export function renderSaveValue(tree: ValueTree, scope: Scope): Json | undefined {
  switch (tree.kind) {
    case 'literal':
      return tree.value;
    case 'whole':
      return lookUp(scope, tree.placeholder) as Json | undefined;
    case 'text':
      return placeholdersOf(tree.template).some((one) => lookUp(scope, one) !== undefined)
        ? renderText(tree.template, scope, edited)
        : undefined;
    case 'array':
      return remaining(tree.items.map((item) => renderSaveValue(item, scope)).filter(isPresent), tree.items.length);
    case 'object': {
      const object: JsonObject = {};
      let kept = 0;
      for (const [key, item] of tree.entries) {
        const value = renderSaveValue(item, scope);
        if (value === undefined) continue;
        putOwn(object, key, value);
        kept++;
      }
      return kept > 0 || tree.entries.length === 0 ? object : undefined;
    }
  }
}

function isPresent(value: Json | undefined): value is Json {
  return value !== undefined;
}

function remaining(items: Json[], configured: number): Json[] | undefined {
  return items.length > 0 || configured === 0 ? items : undefined;
}

/** Every placeholder of the tree. */
export function treePlaceholders(tree: ValueTree): Placeholder[] {
  switch (tree.kind) {
    case 'literal':
      return [];
    case 'whole':
      return [tree.placeholder];
    case 'text':
      return placeholdersOf(tree.template);
    case 'array':
      return tree.items.flatMap(treePlaceholders);
    case 'object':
      return tree.entries.flatMap(([, item]) => treePlaceholders(item));
  }
}
