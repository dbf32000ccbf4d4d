import Ajv, { type ValidateFunction } from 'ajv';
import { authenticationKindsToCome } from './auth';
import { compileIntegration } from './compile';
import { faultOfSchema } from './fault-of-schema';
import { pathOf, type Fault, type Findings } from './fault';
import type { Integration } from './integration';
import { authenticationSchemas, integrationSchema } from './integration.schema';
import { isJsonObject, type JsonObject } from './json';
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
export function validateIntegration(input: unknown, stored: readonly string[] = []): Validation {
  if (!isJsonObject(input)) {
    return { faults: [{ path: '', code: 'type', message: 'an integration is a JSON object' }], warnings: [] };
  }
  const record = normalise(input);
  const findings: Findings = { faults: [...featuresToCome(record)], warnings: [] };
  checkShape ??= ajv.compile<IntegrationInput>(integrationSchema);
  if (!checkShape(record)) {
    findings.faults.push(...shapeFaults(checkShape.errors ?? [], findings.faults));
    return findings;
  }
  checkMeaning(record, stored, findings);
  return findings.faults.length > 0 ? findings : { ...findings, value: record };
}

/** `additionalProperties` of a feature that was named as "not yet" is not repeated. */
function shapeFaults(errors: NonNullable<ValidateFunction['errors']>, named: Fault[]): Fault[] {
  const already = new Set(named.map(({ path }) => path));
  return errors
    .filter(({ keyword }) => keyword !== 'propertyNames' && keyword !== 'anyOf')
    .map(faultOfSchema)
    .filter(({ path }) => !already.has(path));
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

const requestPropertiesToCome = ['verify', 'proxy', 'block', 'delay', 'delayMax'];

/** What the language has but this version does not do yet: refused, never ignored. */
function* featuresToCome(record: Partial<JsonObject>): Generator<Fault> {
  const notYet = (path: string, what: string): Fault => ({
    path,
    code: 'not-yet',
    message: `${what} is not supported yet; this version would have to ignore it, so it is refused`,
  });
  if (record['endpointUrl'] === 'edi://echo') yield notYet('endpointUrl', 'edi://echo');
  const configuration = isJsonObject(record['configuration']) ? record['configuration'] : {};
  const request = isJsonObject(configuration['request']) ? configuration['request'] : {};
  for (const name of requestPropertiesToCome) {
    if (name in request) yield notYet(`configuration.request.${name}`, `the request property "${name}"`);
  }
  const authentication = isJsonObject(request['authentication']) ? request['authentication'] : {};
  if (authenticationKindsToCome.some((kind) => kind === authentication['type'])) {
    yield notYet('configuration.request.authentication.type', `${String(authentication['type'])} authentication`);
  }
  const entries = Array.isArray(record['authentications']) ? record['authentications'] : [];
  for (const [at, entry] of entries.entries()) {
    const id = isJsonObject(entry) && typeof entry['id'] === 'string' ? entry['id'] : '';
    const kind = authenticationKindsToCome.find((name) => id.startsWith(`${name}:`));
    if (kind) yield notYet(pathOf('authentications', at, 'id'), `${kind} authentication`);
  }
}

const configurationMaxBytes = 256 * 1024;

function checkMeaning(record: IntegrationInput, stored: readonly string[], findings: Findings): void {
  const { faults } = findings;
  if (record.channel === 'email' && record.direction === 'outbound') {
    faults.push({ path: 'direction', code: 'email-outbound', message: 'email conversations are inbound only' });
  }
  if (JSON.stringify(record.configuration).length > configurationMaxBytes) {
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
  );
  for (const id of compiled?.missingAuthentications ?? []) {
    const message = `the authentication entry "${id}" is not there or has no secret; until it is, the integration does not fire`;
    findings.warnings.push({ path: 'authentications', code: 'authentication-missing', message });
  }
  findings.warnings.push(...unlikelyEvents(record));
}

function asRecord(input: IntegrationInput, authentications: string[]): Integration {
  return { ...input, id: '', authentications, suspended: null, version: 0, createdAt: '' };
}

function* authenticationFaults(record: IntegrationInput): Generator<Fault> {
  const ids = record.authentications.map(({ id }) => id);
  for (const [at, id] of ids.entries()) {
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
