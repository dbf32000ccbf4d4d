import { maxPlaceholders, placeholdersOf } from '@patchbay/template';
import { authenticationKinds, isAuthenticationType, type AuthenticationType } from './auth';
import { authenticationEntry } from './auth/authentication-entry';
import { loadCondition, type CheckedCondition, type Condition } from './condition';
import { prepareBodyText, type BodyText } from './body-text';
import { speakOfTheCall } from './debug';
import type { Findings } from './fault';
import { pathOf } from './fault';
import { parseHeaders, type HeaderTemplate } from './headers';
import type { Integration, Method } from './integration';
import { isJsonObject, type JsonObject } from './json';
import { policyOf } from './policy';
import { parseParams, type ParamTemplate } from './params';
import { bodyGrammar, responseGrammar } from './roots';
import type { SaveTemplate } from './save';
import { isSetOperation, type SetOperationName } from './set';
import { parseUrl, type UrlTemplate } from './url-template';
import { growTree, treePlaceholders, type ValueTree } from './value-tree';

/** `response`, parsed; also travels with a retry as it was at the first attempt. */
export interface CompiledResponse {
  set: [SetOperationName, ValueTree][];
  save: SaveTemplate[];
  /** Whether a value uses a debug name, such as {status}. */
  speaksOfTheCall: boolean;
}

/** An integration with every text parsed: made once per version, used for every event. */
export interface CompiledIntegration {
  record: Integration;
  method: Method;
  /** `edi://echo` goes to no network: its answer is its own request. */
  url: UrlTemplate | 'echo';
  headers: HeaderTemplate[];
  params: ParamTemplate[];
  contentType: string | undefined;
  body: { kind: 'json'; tree: ValueTree; text: BodyText } | { kind: 'form'; members: ParamTemplate[] } | undefined;
  /** For an echo without a body. */
  echoParams: ValueTree | undefined;
  authentication: { type: AuthenticationType; entryId: string } | undefined;
  condition: Condition | undefined;
  response: CompiledResponse;
  /** Its answer is used, so it is waited for; any other is a listener. */
  isMember: boolean;
  timeoutMs: number;
  /** Seconds; drawn between the two. The call waits, the chain does not. */
  delay: { min: number; max: number } | undefined;
  /** Whether the service's certificate is checked. */
  verify: boolean;
  /** `auto`, `no`, or an address. */
  proxy: string;
  /** Whether an answer 410 says of the integration as a whole that it is gone: nothing of its call depends on the event. */
  suspendsWhenGone: boolean;
  /** Authentication entries it names that do not exist or have no secret; until they are there it does not fire. */
  missingAuthentications: string[];
}

/** The endpoint that answers with its own request; other `edi://` names do not exist. */
export const echoUrl = 'edi://echo';

const paramsPath = 'configuration.request.params';
const defaultTimeout = 10;
const longestTimeout = 30;
const methodsWithBody: readonly Method[] = ['POST', 'PUT', 'PATCH'];
const formType = 'application/x-www-form-urlencoded';

/** How a condition is read: quickly when it is loaded, thoroughly when it is saved. */
export type ReadCondition = (source: string) => CheckedCondition;

const loadQuickly: ReadCondition = (source) => ({ condition: loadCondition(source), faults: [], warnings: [] });

/**
 * Parses an integration whose shape has been checked. Faults and warnings about its texts go to `findings`; the result
 * is undefined when there are faults. A condition that was checked when it was saved is parsed when it is first asked.
 */
export function compileIntegration(
  record: Integration,
  findings: Findings,
  readCondition: ReadCondition = loadQuickly,
): CompiledIntegration | undefined {
  const { request, response } = record.configuration;
  const authentication = compileAuthentication(record, findings);
  const url = record.endpointUrl === echoUrl ? 'echo' : parseUrl(record.endpointUrl, findings);
  const isEcho = url === 'echo';
  const headers = parseHeaders(request.headers ?? {}, writesAuthorization(request.authentication), findings);
  const params = parseParams(request.params ?? {}, paramsPath, findings);
  const contentType = isEcho ? undefined : contentTypeOf(record, findings);
  const body = isEcho ? compileEchoBody(record, findings) : compileBody(record, contentType, findings);
  const condition = compileCondition(request.condition, readCondition, findings);
  const compiled = compileResponse(response ?? {}, findings);
  const timeoutMs = compileTimeout(request.timeout, findings);
  const delay = compileDelay(record, compiled.set.length > 0, findings);
  refuseTooMany(
    [
      ...(typeof url === 'object' ? url.pieces.filter((piece) => typeof piece === 'object') : []),
      ...headers.flatMap(([, template]) => placeholdersOf(template)),
      ...[...params, ...compiled.set, ...compiled.save].flatMap(([, tree]) => treePlaceholders(tree)),
      ...(body?.kind === 'json'
        ? treePlaceholders(body.tree)
        : (body?.members ?? []).flatMap(([, tree]) => treePlaceholders(tree))),
    ].length,
    findings,
  );
  if (findings.faults.length > 0 || url === undefined) return undefined;
  return {
    record,
    method: request.method,
    url,
    headers: headers.filter(([name]) => name.toLowerCase() !== 'content-type'),
    params,
    contentType,
    body,
    echoParams:
      isEcho && request.params
        ? growTree(request.params, bodyGrammar, paramsPath, { faults: [], warnings: [] })
        : undefined,
    authentication: authentication && 'entryId' in authentication ? authentication : undefined,
    condition,
    response: compiled,
    isMember: compiled.set.length > 0 || compiled.save.length > 0 || request.block === true,
    timeoutMs,
    delay,
    verify: request.verify ?? true,
    proxy: request.proxy ?? 'auto',
    suspendsWhenGone: response === undefined && !variesWithEvent(url, params),
    missingAuthentications: missingIn(headers, record.authentications, authentication),
  };
}

function variesWithEvent(url: UrlTemplate | 'echo', params: ParamTemplate[]): boolean {
  const pieces = typeof url === 'object' ? url.pieces : [];
  return (
    pieces.some((piece) => typeof piece === 'object') || params.some(([, tree]) => treePlaceholders(tree).length > 0)
  );
}

function refuseTooMany(placeholders: number, findings: Findings): void {
  if (placeholders <= maxPlaceholders) return;
  const message = `has ${placeholders} placeholders, more than ${maxPlaceholders} in all`;
  findings.faults.push({ path: 'configuration', code: 'too-many-placeholders', message });
}

function compileAuthentication(record: Integration, findings: Findings) {
  const configured = record.configuration.request.authentication;
  if (configured === undefined) return undefined;
  const entry = authenticationEntry(configured, record.authentications);
  if ('fault' in entry) {
    findings.faults.push({
      path: 'configuration.request.authentication',
      code: 'authentication',
      message: entry.fault,
    });
  }
  return entry;
}

function missingIn(
  headers: HeaderTemplate[],
  present: string[],
  authentication: ReturnType<typeof authenticationEntry> | undefined,
): string[] {
  const named = headers
    .flatMap(([, template]) => placeholdersOf(template))
    .filter(({ root, path }) => root === 'authentications' && path.length > 0)
    .map(({ path }) => path[0]!)
    .filter((id) => !present.includes(id));
  const byType = authentication && 'missing' in authentication ? [authentication.missing] : [];
  return [...new Set([...byType, ...named])];
}

function contentTypeOf({ configuration: { request } }: Integration, findings: Findings): string | undefined {
  const [name, value] =
    Object.entries(request.headers ?? {}).find(([key]) => key.toLowerCase() === 'content-type') ?? [];
  if (request.body === undefined || !methodsWithBody.includes(request.method)) return undefined;
  const contentType = value === undefined ? 'application/json' : String(value);
  const essence = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (essence === formType || /^application\/([\w.-]+\+)?json$/.test(essence)) return contentType;
  findings.faults.push({
    path: pathOf('configuration.request.headers', name ?? 'Content-Type'),
    code: 'content-type',
    message: `a body is sent as application/json, ...+json or ${formType}, not as ${JSON.stringify(contentType)}`,
  });
  return undefined;
}

function compileBody({ configuration: { request } }: Integration, contentType: string | undefined, findings: Findings) {
  const path = 'configuration.request.body';
  if (request.body === undefined) return undefined;
  if (!methodsWithBody.includes(request.method)) {
    findings.warnings.push({
      path,
      code: 'body-ignored',
      message: `a ${request.method} request is sent without a body`,
    });
    growTree(request.body, bodyGrammar, path, findings);
    return undefined;
  }
  if (contentType?.toLowerCase().startsWith(formType) !== true) {
    return jsonBody(growTree(request.body, bodyGrammar, path, findings));
  }
  if (isJsonObject(request.body)) return { kind: 'form' as const, members: parseParams(request.body, path, findings) };
  findings.faults.push({ path, code: 'form-body', message: 'a form body is an object: its members are the fields' });
  return undefined;
}

function jsonBody(tree: ValueTree) {
  return { kind: 'json' as const, tree, text: prepareBodyText(tree) };
}

/** An echo's body counts for every method. */
function compileEchoBody({ configuration: { request } }: Integration, findings: Findings) {
  if (request.body === undefined) return undefined;
  return jsonBody(growTree(request.body, bodyGrammar, 'configuration.request.body', findings));
}

function compileCondition(source: string | undefined, read: ReadCondition, findings: Findings): Condition | undefined {
  if (source === undefined || source.trim() === '') return undefined;
  const { condition, faults, warnings } = read(source);
  const path = 'configuration.request.condition';
  findings.faults.push(...faults.map((fault) => ({ path, ...fault })));
  findings.warnings.push(...warnings.map((warning) => ({ path, ...warning })));
  return condition;
}

function writesAuthorization(authentication: JsonObject | undefined): boolean {
  const type = authentication?.['type'];
  return isAuthenticationType(type) && authenticationKinds[type].writesAuthorization;
}

/** Parses the response part. */
export function compileResponse(
  response: { set?: JsonObject; save?: JsonObject },
  findings: Findings,
): CompiledResponse {
  const grow = (part: 'set' | 'save', key: string, value: JsonObject[string]) =>
    growTree(value, responseGrammar, pathOf(`configuration.response.${part}`, key), findings);
  const set = Object.entries(response.set ?? {}).flatMap(([name, value]): [SetOperationName, ValueTree][] =>
    isSetOperation(name) ? [[name, grow('set', name, value)]] : [],
  );
  const save = Object.entries(response.save ?? {}).map(([key, value]): SaveTemplate => [
    key,
    grow('save', key, value === '*' ? '{debug}' : value),
  ]);
  return { set, save, speaksOfTheCall: speakOfTheCall([...set, ...save].map(([, tree]) => tree)) };
}

function compileTimeout(timeout: number | string | undefined, findings: Findings): number {
  const seconds = timeout === undefined ? defaultTimeout : Number(timeout);
  const path = 'configuration.request.timeout';
  if (!(seconds > 0)) {
    findings.faults.push({ path, code: 'timeout', message: 'a timeout is a number of seconds greater than 0' });
  }
  if (seconds > longestTimeout) {
    findings.warnings.push({
      path,
      code: 'timeout-capped',
      message: `runs as ${longestTimeout} s, the longest there is`,
    });
  }
  return Math.min(seconds, longestTimeout) * 1_000;
}

const longestDelay = 86_400;

function compileDelay({ channel, configuration, delivery }: Integration, sets: boolean, findings: Findings) {
  const { delay, delayMax } = configuration.request;
  if (delay === undefined && delayMax === undefined) return undefined;
  const fault = (name: string, message: string) =>
    findings.faults.push({ path: pathOf('configuration.request', name), code: 'delay', message });
  const [min, max] = [Number(delay ?? 0), Number(delayMax ?? delay)];
  for (const [name, value] of Object.entries({
    ...(delay !== undefined && { delay: min }),
    ...(delayMax !== undefined && { delayMax: max }),
  })) {
    if (!(value >= 0 && value <= longestDelay)) fault(name, `a delay is a number of seconds from 0 to ${longestDelay}`);
  }
  if (max < min) fault('delayMax', 'delayMax is smaller than delay');
  const { setMaxAge } = policyOf(delivery, configuration, channel === 'email' ? 'email' : 'phone');
  if (sets && max >= setMaxAge) {
    fault(
      delayMax === undefined ? 'delay' : 'delayMax',
      `with a set, a delay stays below setMaxAge (${setMaxAge} s): later the set is stale`,
    );
  }
  return { min, max };
}
