import type { Placeholder, Scope } from '@patchbay/template';
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

/**
 * The roots that a response part may use; the debug names only when it speaks of them, since most parts do not and they
 * cost as much as all the rest. `response` is absent when no answer came.
 */
export function responseRoots(
  { event, contact }: Pick<LifecycleEvent, 'event' | 'contact'>,
  facts: CallFacts,
  response: ResponseScope | undefined,
  { speaksOfTheCall }: { speaksOfTheCall: boolean },
): Scope {
  if (!speaksOfTheCall) return { event, contact, response };
  const names = debugScope(facts, response);
  const debug: JsonObject = { ...names, ...(response && answerParts(response)) };
  const request = { method: names['method'], url: names['url'], query_params: names['query_params'] };
  return { event, contact, ...names, request, debug, response: { ...response, debug } };
}

function debugScope({ configId, method, url }: CallFacts, response: ResponseScope | undefined): Record<string, Json> {
  const at = url.indexOf('?');
  const [address, query] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
  const names = { config_id: configId, method, url: address, query_params: queryParams(query) };
  return response ? { ...names, status: response.status, duration: response.duration } : names;
}

/** Whether any placeholder of these values is a debug name. */
export function speakOfTheCall(trees: ValueTree[]): boolean {
  return trees.flatMap(treePlaceholders).some(isDebugName);
}

function isDebugName({ root, path }: Placeholder): boolean {
  return debugNames.some((name) => name === root) || (root === 'response' && path[0] === 'debug');
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
  return placeholders.length > 0 && placeholders.every(isDebugName);
}
