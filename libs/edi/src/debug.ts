import type { Scope } from '@patchbay/template';
import type { ResponseScope } from './answer';
import type { LifecycleEvent } from './event';
import type { Json, JsonObject } from './json';
import { debugNames } from './roots';
import type { SaveTemplate } from './save';
import { treePlaceholders, type ValueTree } from './value-tree';

/** What the debug names of a save speak of (language.md section 7). */
export interface CallFacts {
  configId: string;
  method: string;
  /** As sent; its query is shown apart. */
  url: string;
}

const hiddenHeaders = new Set(['set-cookie']);

/** All roots that a response part may use, debug names included. `response` is absent when no answer came. */
export function responseRoots(
  { event, contact }: Pick<LifecycleEvent, 'event' | 'contact'>,
  { configId, method, url }: CallFacts,
  response: ResponseScope | undefined,
): Scope {
  const [address = '', query = ''] = url.split('?', 2);
  const names: Record<string, Json> = { config_id: configId, method, url: address, query_params: queryParams(query) };
  if (response) Object.assign(names, { status: response.status, duration: response.duration });
  const debug: JsonObject = { ...names };
  if (response) Object.assign(debug, answerParts(response));
  const request = { method, url: address, query_params: names['query_params'] };
  return { event, contact, ...names, request, debug, response: { ...response, debug } };
}

function answerParts({ headers, body, text }: ResponseScope): JsonObject {
  const shown = Object.fromEntries(Object.entries(headers).filter(([name]) => !hiddenHeaders.has(name)));
  return { headers: shown, ...(body !== undefined && { body }), ...(text !== undefined && { text }) };
}

function queryParams(query: string): JsonObject {
  const params: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const before = Object.hasOwn(params, name) ? params[name]! : undefined;
    params[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return params;
}

/** The saves that a delivery without a usable answer still makes: those that speak of the call alone. */
export function debugSaves(save: SaveTemplate[]): SaveTemplate[] {
  return save.filter(([, tree]) => isDebugOnly(tree));
}

function isDebugOnly(tree: ValueTree): boolean {
  const placeholders = treePlaceholders(tree);
  const isDebugName = (root: string, path: string[]) =>
    debugNames.some((name) => name === root) || (root === 'response' && path[0] === 'debug');
  return placeholders.length > 0 && placeholders.every(({ root, path }) => isDebugName(root, path));
}
