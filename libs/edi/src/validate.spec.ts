import { pathOf } from './fault';
import { validateIntegration } from './validate';

const good = {
  name: 'CRM',
  endpointUrl: 'https://crm.example.com/contacts',
  events: ['Received'],
  channel: 'Multi-Channel',
  direction: 'Both',
  queues: ['*'],
  authentications: [{ id: 'basic:alice', secret: 's' }],
  configuration: {
    request: { method: 'GET', authentication: { type: 'basic' }, params: { phone: '{contact.source}' } },
    response: { set: { priority: '{response.body.p}' }, save: { customer: { id: '{response.body.id}' } } },
  },
};
const changed = (change: object) => validateIntegration({ ...good, ...change });
const request = (change: object) =>
  changed({ configuration: { request: { ...good.configuration.request, ...change } } });
const response = (change: object) => changed({ configuration: { ...good.configuration, response: change } });
const faults = ({ faults: list }: { faults: { path: string; code: string }[] }) =>
  list.map(({ path, code }) => `${path}: ${code}`);
const warnings = (validation: { warnings: { path: string; code: string }[] }) =>
  faults({ faults: validation.warnings });

describe('validateIntegration', () => {
  it("takes a good one, in any case and with the original's labels", () => {
    const { faults: none, value } = validateIntegration(good);
    expect(none).toEqual([]);
    expect(value).toMatchObject({
      channel: 'multi',
      direction: 'both',
      events: ['received'],
      ordinal: 1,
      direct: { calls: false },
    });
  });

  it('takes back what it has given out, system fields included', () => {
    expect(
      changed({ id: 'x', version: 3, createdAt: '', updatedAt: '', suspended: null, warnings: [] }).faults,
    ).toEqual([]);
  });

  it('reports all faults at once, each with its path', () => {
    const bad = validateIntegration({
      events: ['queued', 'exploded'],
      ordinal: 0,
      channel: 'fax',
      colour: 'red',
      configuration: { request: { headers: { a: {} } }, response: { set: { volume: 1 }, save: { '1st': '' } } },
    });
    expect(faults(bad).sort()).toEqual([
      'channel: enum',
      'colour: additionalProperties',
      'configuration.request.headers.a: type',
      'configuration.request.method: required',
      'configuration.response.save["1st"]: pattern',
      'configuration.response.set.volume: additionalProperties',
      'endpointUrl: required',
      'events[1]: enum',
      'name: required',
      'ordinal: minimum',
    ]);
  });

  it('reports faults of meaning beside faults of form', () => {
    const bad = changed({
      ordinal: 0,
      channel: 'email',
      direction: 'outbound',
      endpointUrl: 'http://x',
      configuration: { request: { method: 'GET', headers: { a: {}, Host: 'x' }, timeout: 0, colour: 1 } },
    });
    expect(faults(bad).sort()).toEqual([
      'configuration.request.colour: additionalProperties',
      'configuration.request.headers.Host: reserved-header',
      'configuration.request.headers.a: type',
      'configuration.request.timeout: timeout',
      'direction: email-outbound',
      'endpointUrl: https-only',
      'ordinal: minimum',
    ]);
  });

  it('refuses all secrets at once in a header', () => {
    expect(faults(request({ headers: { a: '{authentications}' } }))).toEqual([
      'configuration.request.headers.a: authentications',
    ]);
  });

  it('takes an own Authorization header beside a kind that writes none', () => {
    const own = { authentication: { type: 'signature' }, headers: { Authorization: 'Bearer {authentications.t}' } };
    const record = { ...good, authentications: [], configuration: { request: { method: 'GET', ...own } } };
    expect(validateIntegration(record).faults).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['http', { endpointUrl: 'http://crm.example.com/' }, 'endpointUrl: https-only'],
    ['a placeholder in the host', { endpointUrl: 'https://{contact.id}.example.com/' }, 'endpointUrl: static-origin'],
    ['a placeholder in the port', { endpointUrl: 'https://example.com:{contact.id}/' }, 'endpointUrl: static-origin'],
    [
      'a placeholder right after the host',
      { endpointUrl: 'https://example.com{contact.id}' },
      'endpointUrl: static-origin',
    ],
    ['a stray brace', { endpointUrl: 'https://example.com/{contat.id}' }, 'endpointUrl: stray-brace'],
    [
      'an answer in the URL',
      { endpointUrl: 'https://example.com/{response.body.id}' },
      'endpointUrl: root-not-allowed',
    ],
    ['a user in the URL', { endpointUrl: 'https://a:b@example.com/' }, 'endpointUrl: userinfo'],
    ['a fragment', { endpointUrl: 'https://example.com/#a' }, 'endpointUrl: fragment'],
    ['a backslash', { endpointUrl: 'https://example.com\\@evil.com/' }, 'endpointUrl: bad-character'],
    ['outbound email', { channel: 'email', direction: 'outbound' }, 'direction: email-outbound'],
    [
      'an entry twice',
      {
        authentications: [
          { id: 'basic:alice', secret: 'a' },
          { id: 'basic:alice', secret: 'b' },
        ],
      },
      'authentications[1].id: twice',
    ],
    [
      'a signing key that is too short',
      { authentications: [{ id: 'signature:crm', secret: 'whsec_c2hvcnQ=' }] },
      'authentications[0].secret: secret',
    ],
    [
      'a certificate without its key',
      {
        authentications: [{ id: 'mtls:crm', secret: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----' }],
      },
      'authentications[0].secret: secret',
    ],
    [
      'a user name for Basic with a colon',
      { authentications: [{ id: 'basic:a:b', secret: 's' }] },
      'authentications[0].secret: secret',
    ],
    ['a NUL character', { description: 'a\0b' }, 'description: bad-character'],
    [
      'half a character',
      { configuration: { request: { method: 'POST', body: { a: ['\ud800'] } } } },
      'configuration.request.body.a[0]: bad-character',
    ],
    ['another edi name', { endpointUrl: 'edi://ecco' }, 'endpointUrl: https-only'],
  ])('refuses %s', (_, change, fault) => {
    expect(faults(changed(change))).toContain(fault);
  });

  it.each<[string, object, string]>([
    ['a delayMax below delay', { delay: 5, delayMax: 4 }, 'configuration.request.delayMax: delay'],
    [
      'a secret in a param',
      { params: { k: '{authentications.k}' } },
      'configuration.request.params.k: root-not-allowed',
    ],
    [
      'an answer in a body',
      { method: 'POST', body: { a: ['{response.body}'] } },
      'configuration.request.body.a[0]: root-not-allowed',
    ],
    ['a reserved header', { headers: { HOST: 'x' } }, 'configuration.request.headers.HOST: reserved-header'],
    [
      'a second Authorization',
      { headers: { Authorization: 'x' } },
      'configuration.request.headers.Authorization: reserved-header',
    ],
    ['a header twice', { headers: { 'X-A': '1', 'x-a': '2' } }, 'configuration.request.headers.x-a: header-twice'],
    [
      'another content type',
      { method: 'POST', body: {}, headers: { 'Content-Type': 'text/xml' } },
      'configuration.request.headers.Content-Type: content-type',
    ],
    ['a condition that is no CEL', { condition: 'contact.' }, 'configuration.request.condition: condition-syntax'],
    [
      'a placeholder in a name',
      { method: 'POST', body: { '{contact.id}': 1 } },
      'configuration.request.body["{contact.id}"]: placeholder-in-name',
    ],
    ['a timeout of zero', { timeout: 0 }, 'configuration.request.timeout: timeout'],
    ['an unknown property', { retries: 3 }, 'configuration.request.retries: additionalProperties'],
  ])('refuses %s', (_, change, fault) => {
    expect(faults(request(change))).toContain(fault);
  });

  it('refuses a delay that makes its set stale', () => {
    const delayed = (delay: number) => ({
      configuration: { ...good.configuration, request: { ...good.configuration.request, delay } },
    });
    expect(faults(changed(delayed(120)))).toEqual(['configuration.request.delay: delay']);
    expect(faults(changed(delayed(119)))).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'xmlns', '1st', 'a b'])(
    'H2.24: refuses to save under %s',
    (key) => {
      const save = JSON.parse(`{"${key}": "{response.body}"}`) as object;
      expect(faults(response({ save }))).toEqual([`${pathOf('configuration.response.save', key)}: pattern`]);
    },
  );

  it('refuses a queue with two names', () => {
    expect(faults(response({ set: { queue: { id: 'a', address: 'b' } } }))).toContain(
      'configuration.response.set.queue: maxProperties',
    );
  });

  it('warns of an authentication that is not there, unless its secret is stored', () => {
    const bare = { ...good, authentications: [{ id: 'basic:alice' }] };
    expect(warnings(validateIntegration(bare))).toEqual(['authentications: authentication-missing']);
    expect(warnings(validateIntegration(bare, ['basic:alice']))).toEqual([]);
    expect(warnings(request({ headers: { 'x-api-key': '{authentications.api-key}' } }))).toEqual([
      'authentications: authentication-missing',
    ]);
  });

  it.each<[string, object, string, string]>([
    [
      'a near miss of a property',
      { params: { a: '{contact.chanel_type}' } },
      'unknown-property',
      'did you mean "channel_type"',
    ],
    ['an unknown property', { params: { a: '{contact.favourite_colour}' } }, 'unknown-property', 'known are id'],
    ['a near miss below', { params: { a: '{contact.queue.adress}' } }, 'unknown-property', 'did you mean "address"'],
    ['a near miss of a root', { params: { a: '{contct.id}' } }, 'unknown-root', 'did you mean "{contact"'],
    ['two pairs of braces', { params: { a: '{{contact.id}}' } }, 'double-braces', 'one pair'],
  ])('warns of %s', (_, change, code, message) => {
    expect(request(change).warnings).toEqual([
      { path: 'configuration.request.params.a', code, message: expect.stringContaining(message) },
    ]);
  });

  it('refuses a part of an event that does not exist', () => {
    const { faults: found } = request({ params: { a: '{event.nam}' } });
    expect(found).toEqual([
      expect.objectContaining({ code: 'unknown-property', message: expect.stringContaining('"name"') }),
    ]);
  });

  it('refuses more than 1,000 placeholders in all', () => {
    const many = (count: number) => request({ method: 'POST', body: Array.from({ length: count }, () => '{event}') });
    expect(faults(many(999))).toEqual([]);
    expect(faults(many(1_000))).toEqual(['configuration: too-many-placeholders']);
  });

  it('says nothing about what lies in attached data, answers and templates of others', () => {
    const { warnings: none } = request({ params: { a: '{contact.attached_data.x.y} {name} {{x}}' } });
    expect(none).toEqual([]);
    expect(
      response({ save: { a: '{response.body.a.b}', b: '{response.headers.x-a}', c: '{request.url}' } }).warnings,
    ).toEqual([]);
  });

  it('warns of a set that none of its events can apply', () => {
    const late = changed({ events: ['ended', 'closed'], queues: ['*'] });
    expect(warnings(late)).toEqual(['configuration.response.set.priority: set-never-applies']);
    expect(warnings(changed({ events: ['ended', 'queued'] }))).toEqual([]);
  });

  it('warns of an event that is not expected, a body that is not sent and a timeout that is cut', () => {
    expect(warnings(changed({ direction: 'outbound', events: ['received'] }))).toContain('events[0]: unlikely-event');
    expect(warnings(request({ body: {} }))).toEqual(['configuration.request.body: body-ignored']);
    expect(warnings(request({ timeout: 31 }))).toEqual(['configuration.request.timeout: timeout-capped']);
  });
});
