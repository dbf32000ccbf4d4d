import Ajv, { type ValidateFunction } from 'ajv';
import { authenticationKinds, kindOfEntry } from './auth';
import { compileIntegration } from './compile';
import { checkCondition } from './condition';
import { faultOfSchema } from './fault-of-schema';
import { pathOf, type Fault, type Findings } from './fault';
import type { Integration } from './integration';
import { authenticationSchemas, integrationSchema } from './integration.schema';
import { isJsonObject, type Json, type JsonObject } from './json';
import { isSetOperation, notApplicable } from './set';
import { lifecycleEvents, type LifecycleEventEntry } from './lifecycle';

/** An integration as an administrator writes it, checked and normalised. */
export type IntegrationInput = Omit<Integration, 'id' | 'authentications' | 'suspended' | 'version' | 'createdAt'> & {
  /** An entry without `secret` keeps the stored one. */
  authentications: { id: string; secret?: string }[];
};

export interface Validation extends Findings {
  /** Present when there are no faults. */
  value?: IntegrationInput;
}

/** What the operator of a deployment allows beyond the safe defaults. */
export interface DeploymentRules {
  /** Whether `verify: false` may be configured. */
  allowUnverified: boolean;
  /** Addresses that `proxy` may name. */
  proxies: readonly string[];
}

/** Nothing beyond the safe defaults. */
export const strictDeployment: DeploymentRules = { allowUnverified: false, proxies: [] };

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true });
let checkShape: ValidateFunction<IntegrationInput> | undefined;

/** Written by the system; ignored in what a client sends back. */
const systemFields = ['id', 'version', 'createdAt', 'updatedAt', 'suspended', 'warnings'];

const defaults = {
  description: '',
  channel: 'multi',
  ordinal: 1,
  direction: 'both',
  events: [],
  queues: [],
  authentications: [],
  delivery: {},
};

/**
 * Checks an integration as a whole and reports *all* faults and warnings, each with its JSON path.
 * `stored` are the ids of the authentication entries that have a secret already.
 */
export function validateIntegration(
  input: unknown,
  stored: readonly string[] = [],
  deployment: DeploymentRules = strictDeployment,
): Validation {
  if (!isJsonObject(input)) {
    return { faults: [{ path: '', code: 'type', message: 'an integration is a JSON object' }], warnings: [] };
  }
  const record = normalise(input);
  const findings: Findings = { faults: [...unstorable(record)], warnings: [] };
  checkShape ??= ajv.compile<IntegrationInput>(integrationSchema);
  if (!checkShape(record)) {
    const errors = checkShape.errors ?? [];
    findings.faults.push(...shapeFaults(errors));
    const repaired = withoutFaulty(record, errors);
    if (checkShape(repaired)) checkMeaning(repaired, stored, deployment, findings);
    return findings;
  }
  checkMeaning(record, stored, deployment, findings);
  return findings.faults.length > 0 ? findings : { ...findings, value: record };
}

function shapeFaults(errors: NonNullable<ValidateFunction['errors']>): Fault[] {
  return errors.filter(({ keyword }) => keyword !== 'propertyNames' && keyword !== 'anyOf').map(faultOfSchema);
}

/** What stands for a required part that is missing or faulty, so that the rest can still be looked at. */
const standIns: [path: string[], value: Json][] = [
  [['name'], 'unnamed'],
  [['endpointUrl'], 'https://example.invalid/'],
  [['configuration'], { request: { method: 'GET' } }],
  [['configuration', 'request'], { method: 'GET' }],
  [['configuration', 'request', 'method'], 'GET'],
];

/** The record with every part taken away whose form is wrong: what is wrong in the others is told at once, too. */
function withoutFaulty(record: Partial<JsonObject>, errors: NonNullable<ValidateFunction['errors']>): JsonObject {
  const copy = structuredClone(record) as JsonObject;
  for (const { instancePath, params, propertyName } of errors) {
    const parts = instancePath
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const extra = propertyName ?? (params as { additionalProperty?: string }).additionalProperty;
    takeAway(copy, extra === undefined ? parts : [...parts, extra]);
  }
  for (const [path, value] of standIns) {
    const parent = path.slice(0, -1).reduce<Json | undefined>((node, part) => childOf(node, part), copy);
    if (isJsonObject(parent) && parent[path.at(-1)!] === undefined) parent[path.at(-1)!] = value;
  }
  return { ...defaults, direct: { calls: false, chats: false }, ...copy } as JsonObject;
}

/** Takes the part away; the element of a list takes the list with it, so that no index moves. */
function takeAway(record: JsonObject, path: string[]): void {
  let parent: Json = record;
  for (const part of path.slice(0, -1)) {
    const child = childOf(parent, part);
    if (!isJsonObject(child)) {
      if (isJsonObject(parent)) delete parent[part];
      return;
    }
    parent = child;
  }
  if (path.length > 0) delete parent[path.at(-1)!];
}

function childOf(node: Json | undefined, part: string): Json | undefined {
  return isJsonObject(node) && Object.hasOwn(node, part) ? node[part] : undefined;
}

function normalise(input: JsonObject): Partial<JsonObject> {
  const given = Object.fromEntries(Object.entries(input).filter(([key]) => !systemFields.includes(key)));
  const record: Partial<JsonObject> = { ...defaults, ...given };
  record['channel'] = lower(record['channel']);
  if (record['channel'] === 'multi-channel') record['channel'] = 'multi';
  record['direction'] = lower(record['direction']);
  if (Array.isArray(record['events'])) record['events'] = [...new Set(record['events'].map(lower))] as string[];
  record['direct'] = isJsonObject(record['direct']) || 'direct' in given ? record['direct'] : {};
  if (isJsonObject(record['direct'])) record['direct'] = { calls: false, chats: false, ...record['direct'] };
  if (typeof record['name'] === 'string') record['name'] = record['name'].trim();
  return record;
}

function lower<T>(value: T): T | string {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** Texts that no database keeps: NUL, and halves of characters. Names of properties count, too. */
function* unstorable(value: Json | Partial<JsonObject>, path = ''): Generator<Fault> {
  if (typeof value === 'string') {
    if (/\0|\p{Surrogate}/u.test(value)) {
      yield { path, code: 'bad-character', message: 'holds a NUL character or half a character; take it out' };
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const own = Array.isArray(value) ? pathOf(path, Number(key)) : pathOf(path, key);
    if (!Array.isArray(value)) yield* unstorable(key, own);
    if (child !== undefined) yield* unstorable(child, own);
  }
}

const configurationMaxBytes = 256 * 1024;

function checkMeaning(
  record: IntegrationInput,
  stored: readonly string[],
  deployment: DeploymentRules,
  findings: Findings,
): void {
  const { faults } = findings;
  faults.push(...deploymentFaults(record, deployment));
  if (record.channel === 'email' && record.direction === 'outbound') {
    faults.push({ path: 'direction', code: 'email-outbound', message: 'email conversations are inbound only' });
  }
  if (new TextEncoder().encode(JSON.stringify(record.configuration)).length > configurationMaxBytes) {
    faults.push({ path: 'configuration', code: 'too-large', message: `is larger than ${configurationMaxBytes} bytes` });
  }
  faults.push(...authenticationFaults(record));
  if (record.queues.includes('*') && record.queues.length > 1) {
    faults.push({ path: 'queues', code: 'every-queue', message: '"*" means every queue and stands alone' });
  }
  const present = record.authentications.filter(({ id, secret }) => secret !== undefined || stored.includes(id));
  const compiled = compileIntegration(
    asRecord(
      record,
      present.map(({ id }) => id),
    ),
    findings,
    checkCondition,
  );
  for (const id of compiled?.missingAuthentications ?? []) {
    const message = `the authentication entry "${id}" is not there or has no secret; until it is, the integration does not fire`;
    findings.warnings.push({ path: 'authentications', code: 'authentication-missing', message });
  }
  if (compiled?.url === 'echo' && !record.configuration.response) {
    const message = 'an echo without a response part does nothing: its answer is not used';
    findings.warnings.push({ path: 'configuration', code: 'echo-without-response', message });
  }
  findings.warnings.push(...unlikelyEvents(record), ...setsThatNeverApply(record));
}

function* deploymentFaults({ configuration: { request } }: IntegrationInput, rules: DeploymentRules): Generator<Fault> {
  if (request.verify === false && !rules.allowUnverified) {
    const message =
      'calls without a checked certificate are not allowed here; give the service a valid one, or ask the operator';
    yield { path: 'configuration.request.verify', code: 'verify-not-allowed', message };
  }
  const { proxy = 'auto' } = request;
  if (proxy === 'auto' || proxy === 'no' || rules.proxies.includes(proxy)) return;
  yield {
    path: 'configuration.request.proxy',
    code: 'proxy-not-allowed',
    message: 'a proxy is "auto", "no" or an address that the operator has allowed; ask the operator for the list',
  };
}

function asRecord(input: IntegrationInput, authentications: string[]): Integration {
  return { ...input, id: '', authentications, suspended: null, version: 0, createdAt: '' };
}

function* authenticationFaults(record: IntegrationInput): Generator<Fault> {
  const ids = record.authentications.map(({ id }) => id);
  for (const [at, { id, secret }] of record.authentications.entries()) {
    const message = entryFault(id, secret);
    if (message !== undefined) yield { path: pathOf('authentications', at, 'secret'), code: 'secret', message };
    if (ids.indexOf(id) !== at) {
      yield {
        path: pathOf('authentications', at, 'id'),
        code: 'twice',
        message: `"${id}" is there twice; ids are unique`,
      };
    }
  }
  const authentication = record.configuration.request.authentication;
  const schema = authenticationSchemas().find(([type]) => type === authentication?.['type'])?.[1];
  if (schema === undefined) return;
  const check = ajv.compile(schema);
  if (check(authentication)) return;
  for (const fault of (check.errors ?? []).map(faultOfSchema)) {
    yield { ...fault, path: `configuration.request.authentication.${fault.path}` };
  }
}

/** What is wrong with a secret that is written now; the sentence does not repeat it. */
function entryFault(entryId: string, secret: string | undefined): string | undefined {
  const type = kindOfEntry(entryId);
  if (type === undefined || secret === undefined) return undefined;
  const { prefix, entryFault: faultOf } = authenticationKinds[type];
  return faultOf?.(entryId.slice(prefix.length), secret);
}

/** An event that is not expected for any kind of contact the integration takes: legal, since events fire as they come. */
function* unlikelyEvents({ events, channel, direction }: IntegrationInput): Generator<Fault> {
  for (const name of events) {
    const { likely }: LifecycleEventEntry = lifecycleEvents[name];
    const expected = likely.some((kind) => {
      const [kindChannel, kindDirection] = kind.split(' ');
      return (channel === 'multi' || channel === kindChannel) && (direction === 'both' || direction === kindDirection);
    });
    if (expected) continue;
    const message = `"${name}" is not expected for ${channel} conversations with direction ${direction}`;
    yield { path: pathOf('events', events.indexOf(name)), code: 'unlikely-event', message };
  }
}

/** A set operation that routing can apply at none of the integration's events. */
function* setsThatNeverApply({ events, direction, configuration }: IntegrationInput): Generator<Fault> {
  if (events.length === 0) return;
  for (const name of Object.keys(configuration.response?.set ?? {}).filter(isSetOperation)) {
    const reasons = events.map((event) =>
      direction === 'outbound'
        ? notApplicable(name, event, { direction: 'outbound' })
        : notApplicable(name, event, { direction: 'inbound' }),
    );
    if (reasons.includes(undefined)) continue;
    const message = `is applied at none of its events: ${reasons[0]}`;
    yield { path: pathOf('configuration.response.set', name), code: 'set-never-applies', message };
  }
}
