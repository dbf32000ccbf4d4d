import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadLanguage, registryFiles } from './reference-language.mjs';
import { referencePages, stalePages } from './reference-pages.mjs';
import { root } from './workspace.mjs';

// A new word of the language is one export in one registry file: the sources are taken as they are but for that line.

const plants = {
  lifecycleEvents: `
    export const escalated: LifecycleEventEntry = {
      summary: 'Handed to a supervisor.', phase: 'moving', likely: ['chat inbound'],
    };`,
  setOperations: `
    export const language: SetOperation = {
      summary: 'Changes the language.', schema: { type: 'string' }, phases: ['arriving'],
      read: (value) => (typeof value === 'string' ? { value } : missing),
      examples: [{ given: 'FI', reading: { value: 'FI' } }],
    };`,
  authenticationKinds: `
    export const pass: AuthenticationKind = {
      summary: 'A pass in a header of its own.', prefix: 'pass:', names: 'holder', secret: 'the pass',
      schema: authenticationSchema('pass'), writesAuthorization: false,
      authorise: (holder, secret) => ({ by: 'headers', headers: { 'x-pass': holder + ' ' + secret } }),
      examples: [{ authentication: { type: 'pass' }, entryId: 'pass:alice', secret: 's', headers: { 'x-pass': 'alice s' } }],
    };`,
};

const folder = mkdtempSync(join(tmpdir(), 'patchbay-one-export-'));
let before;
let after;

function languageWith(registry) {
  const file = registryFiles[registry];
  const changed = join(folder, `${registry}.ts`);
  writeFileSync(changed, readFileSync(join(root, file), 'utf8') + plants[registry]);
  return loadLanguage({ [file]: changed });
}

beforeAll(async () => {
  const registries = Object.keys(plants);
  const [unchanged, ...changed] = await Promise.all([loadLanguage(), ...registries.map(languageWith)]);
  before = unchanged;
  after = Object.fromEntries(registries.map((registry, at) => [registry, changed[at]]));
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** The names of the pages that the new entry changes. */
function changedPages(language) {
  const pages = referencePages(before);
  return stalePages(referencePages(language), (name) => pages.get(name));
}

const anIntegration = ({ request = {}, response, ...rest } = {}) => ({
  name: 'planted',
  endpointUrl: 'https://example.com/',
  events: ['received'],
  queues: ['*'],
  configuration: { request: { method: 'GET', ...request }, ...(response && { response }) },
  ...rest,
});

const anEvent = (name = 'received') => ({
  id: 'e',
  event: { name, datetime: '2026-11-22T08:44:44.215Z' },
  contact: { id: 'c', guid: 'c', channel_type: 'chat', direction: 'inbound', queue: { id: 'q' }, attached_data: {} },
});

function compile(language, input) {
  const { value, faults } = language.validateIntegration(input);
  expect(faults).toEqual([]);
  const authentications = value.authentications.map(({ id }) => id);
  const record = { ...value, id: 'i', authentications, suspended: null, version: 1, createdAt: '' };
  return language.compileIntegration(record, { faults: [], warnings: [] });
}

describe('a new lifecycle event', () => {
  const input = anIntegration({ events: ['escalated'] });
  test('is refused before and taken after', () => {
    expect(before.validateIntegration(input).faults).toMatchObject([{ path: 'events[0]', code: 'enum' }]);
    expect(after.lifecycleEvents.validateIntegration(input).faults).toEqual([]);
  });
  test('is hinted at where it is unlikely', () => {
    const { warnings } = after.lifecycleEvents.validateIntegration({ ...input, channel: 'phone' });
    expect(warnings).toMatchObject([{ code: 'unlikely-event' }]);
  });
  test('is matched', () => {
    const language = after.lifecycleEvents;
    const compiled = compile(language, input);
    expect(language.buildMatchIndex([compiled]).match(anEvent('escalated'))).toEqual([compiled]);
  });
  test('is in both schemas and on the pages, and the pages are stale until they are made again', () => {
    const pages = referencePages(after.lifecycleEvents);
    expect(pages.get('lifecycle-events.md')).toContain('Handed to a supervisor.');
    expect(pages.get('integration.schema.json')).toContain('"escalated"');
    expect(changedPages(after.lifecycleEvents)).toEqual([
      'lifecycle-events.md',
      'set-operations.md',
      'integration.schema.json',
      'event.schema.json',
    ]);
  });
});

describe('a new set operation', () => {
  const input = anIntegration({ response: { set: { language: '{response.body.language}' } } });
  test('is refused before and taken after', () => {
    expect(before.validateIntegration(input).faults).toMatchObject([{ path: 'configuration.response.set.language' }]);
    expect(after.setOperations.validateIntegration(input).faults).toEqual([]);
  });
  test('is checked by its schema', () => {
    const { faults } = after.setOperations.validateIntegration(anIntegration({ response: { set: { language: [] } } }));
    expect(faults).toMatchObject([{ path: 'configuration.response.set.language', code: 'type' }]);
  });
  test('is read from an answer in its phases only', () => {
    const language = after.setOperations;
    const compiled = compile(language, input);
    const body = new TextEncoder().encode('{"language":"FI"}');
    const answer = { status: 200, headers: {}, body, durationSeconds: 0.1 };
    expect(language.applyAnswer(anEvent('received'), compiled, answer).set).toEqual({ language: 'FI' });
    expect(language.applyAnswer(anEvent('ended'), compiled, answer).set).toEqual({});
  });
  test('is in the schema and on its page', () => {
    expect(changedPages(after.setOperations)).toEqual(['set-operations.md', 'integration.schema.json']);
  });
});

describe('a new authentication kind', () => {
  const authentications = [{ id: 'pass:alice', secret: 's' }];
  const input = anIntegration({ request: { authentication: { type: 'pass' } }, authentications });
  test('is refused before and taken after', () => {
    expect(before.validateIntegration(input).faults).toMatchObject([{ code: 'authentication' }]);
    expect(after.authenticationKinds.validateIntegration(input).faults).toEqual([]);
  });
  test('is checked by its schema', () => {
    const wrong = anIntegration({ request: { authentication: { type: 'pass', id: 'basic:alice' } }, authentications });
    const { faults } = after.authenticationKinds.validateIntegration(wrong);
    expect(faults).toMatchObject([{ path: 'configuration.request.authentication.id', code: 'pattern' }]);
  });
  test('authorises a request', () => {
    const language = after.authenticationKinds;
    const { headers } = language.renderTarget(compile(language, input), anEvent(), { 'pass:alice': 's' });
    expect(headers).toEqual({ 'x-pass': 'alice s' });
  });
  test('is in the schema and on its page', () => {
    expect(changedPages(after.authenticationKinds)).toEqual(['authentication.md', 'integration.schema.json']);
  });
});
