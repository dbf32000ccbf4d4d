import {
  buildMatchIndex,
  compileIntegration,
  normaliseEvent,
  readAnswer,
  readResponse,
  renderFrozen,
  renderTarget,
  validateIntegration,
  type CompiledIntegration,
  type Json,
} from '@patchbay/edi';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { showsCredentials } from './endpoint/credentials';
import * as registry from './endpoint/services';

const folder = join(__dirname, '../../../examples');
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const read = (name: string, file: string) => JSON.parse(readFileSync(join(folder, name, file), 'utf8'));

function compile(name: string, index: number): CompiledIntegration {
  const { faults, warnings, value } = validateIntegration(read(name, 'integration.json'));
  expect({ faults, warnings }).toEqual({ faults: [], warnings: [] });
  const authentications = value!.authentications.map(({ id }) => id);
  const record = { ...value!, authentications, id: name, suspended: null, version: 1, createdAt: String(index) };
  return compileIntegration(record, { faults: [], warnings: [] })!;
}

function react(name: string) {
  const integration = compile(name, 0);
  const event = normaliseEvent(read(name, 'event.json'), () => 'id');
  const secrets = Object.fromEntries(
    read(name, 'integration.json').authentications.map(({ id, secret }: Record<string, string>) => [id, secret]),
  );
  // What an earlier integration of the chain has saved by then.
  const { before } = read(name, 'expected.json');
  Object.assign(event.contact, before);
  const scope = { event: event.event, contact: event.contact } as never;
  const target =
    integration.url === 'echo' ? { url: 'edi://echo', headers: {} } : renderTarget(integration, scope, secrets);
  return { integration, event, request: { ...renderFrozen(integration, scope), ...target }, scope: scope as object };
}

/** What the pretend service answers, without the network. */
function ask({ url, method, body, headers }: ReturnType<typeof react>['request']) {
  if (url === 'edi://echo') return { status: 200, body: JSON.parse(body!) as Json };
  const { pathname: path, searchParams: query } = new URL(url);
  const service = Object.values(registry).find((one) => path.startsWith(one.path))!;
  const given = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
  expect(showsCredentials(service.credentials, given)).toBe(true);
  return service.answer({ method, path, query, body: body === undefined ? undefined : (JSON.parse(body) as Json) });
}

describe.each(names)('example %s', (name) => {
  const expected = read(name, 'expected.json');

  it('sends the expected request', () => {
    const { method, url, headers, body, contentType } = react(name).request;
    const typed = contentType === undefined ? headers : { ...headers, 'content-type': contentType };
    const lower = Object.fromEntries(Object.entries(typed).map(([key, value]) => [key.toLowerCase(), value]));
    const sent = { method, url, headers: lower, ...(body !== undefined && { body: JSON.parse(body) }) };
    expect(url === 'edi://echo' ? null : sent).toEqual(expected.request);
  });

  it('gets the expected answer and sets and saves what is expected', () => {
    const { integration, event, request, scope } = react(name);
    const answer = ask(request);
    expect(answer).toEqual(expected.answer);
    const body = Buffer.from(answer.body === undefined ? '' : JSON.stringify(answer.body));
    const response = readResponse({ status: answer.status, headers: {}, body, durationSeconds: 0 });
    const { set, save, notDone } = readAnswer(integration.response, event, { ...scope, response } as never, []);
    expect(notDone).toEqual([]);
    expect({ set, save }).toEqual({ set: {}, save: {}, ...expected.result });
  });
});

it('loaded together, at most three match any of their events', () => {
  const index = buildMatchIndex(names.map(compile));
  for (const name of names) {
    const matched = index.match(normaliseEvent(read(name, 'event.json'), () => 'id')).map(({ record }) => record.id);
    expect(matched).toContain(name);
    expect(matched.length).toBeLessThanOrEqual(3);
  }
});
