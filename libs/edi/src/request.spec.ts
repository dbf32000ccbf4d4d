import fc from 'fast-check';
import { compileIntegration, type CompiledIntegration } from './compile';
import { normaliseEvent } from './event';
import type { Findings } from './fault';
import type { Integration } from './integration';
import { renderFrozen, renderTarget } from './request';
import { RenderFault } from './render-fault';

const base = {
  id: 'i',
  name: 'n',
  description: '',
  channel: 'multi',
  ordinal: 1,
  direction: 'both',
  events: ['queued'],
  direct: { calls: false, chats: false },
  queues: ['*'],
  authentications: ['basic:alice', 'api-key', 'my key'],
  delivery: {},
  suspended: null,
  version: 1,
  createdAt: '',
} as unknown as Integration;

function compile(request: object, endpointUrl = 'https://api.example.com/v1/x'): CompiledIntegration {
  const findings: Findings = { faults: [], warnings: [] };
  const compiled = compileIntegration(
    { ...base, endpointUrl, configuration: { request: { method: 'POST', ...request } as never } },
    findings,
  );
  if (!compiled) throw new Error(JSON.stringify(findings.faults));
  return compiled;
}
const event = (contact: object = {}) =>
  normaliseEvent(
    {
      id: 'e',
      event: { name: 'Queued', datetime: '2026-01-02T03:04:05Z' },
      contact: { id: 'C1', channel_type: 'phone', direction: 'inbound', ...contact },
    },
    String,
  );
const scope = (contact: object = {}) => ({ event: event(contact).event, contact: event(contact).contact });
const secrets = { 'basic:alice': 'wonder:länd', 'api-key': 'k1', 'my key': 'k2' };
const url = (endpointUrl: string, contact?: object, request: object = {}) =>
  renderTarget(compile(request, endpointUrl), scope(contact), secrets).url;
const query = (params: object, contact?: object) =>
  url('https://a.example.com/x', contact, { params }).split('?')[1] ?? '';
const headers = (given: object, contact?: object, request: object = {}) =>
  renderTarget(compile({ headers: given, ...request }), scope(contact), secrets).headers;
const body = (tree: object, contact?: object) =>
  JSON.parse(renderFrozen(compile({ body: tree }), scope(contact)).body!) as unknown;

describe('endpoint URL', () => {
  it.each([
    ['https://a.example.com/{event}/{contact.id}', {}, 'https://a.example.com/queued/C1'],
    [
      'https://a.example.com/{contact.source}?q={contact.source}',
      { source: 'a/b?&=#ä' },
      'https://a.example.com/a%2Fb%3F%26%3D%23%C3%A4?q=a%2Fb%3F%26%3D%23%C3%A4',
    ],
    ['https://a.example.com/x?a=1', {}, 'https://a.example.com/x?a=1'],
    ['https://a.example.com/{contact.source}...', { source: '..' }, 'https://a.example.com/.....'],
  ])('%s with %j is %s', (template, contact, expected) => expect(url(template, contact)).toBe(expected));

  it('keeps its own query and appends params', () => {
    expect(url('https://a.example.com/x?a=1', {}, { params: { b: 2 } })).toBe('https://a.example.com/x?a=1&b=2');
  });
  it.each([
    ['', 'empty'],
    [null, 'empty'],
    ['..', 'segment'],
    ['.', 'segment'],
    ['\ud800', 'surrogate'],
  ])('H2.21, H2.27: makes no call for %j', (source, why) => {
    expect(() => url('https://a.example.com/c/{contact.source}/d', { source })).toThrow(RenderFault);
    expect(() => url('https://a.example.com/c/{contact.source}/d', { source })).toThrow(why);
  });
  it('H2.20, H2.21: keeps origin and static prefix for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        try {
          const rendered = url('https://a.example.com/v1/{contact.source}/x?y={contact.source}', { source });
          return (
            rendered.startsWith('https://a.example.com/v1/') && decodeURIComponent(rendered.split('?y=')[1]!) === source
          );
        } catch (error) {
          return error instanceof RenderFault;
        }
      }),
    );
  });
});

describe('params', () => {
  it.each<[object, object, string]>([
    [{ phone: '{contact.source}' }, { source: '+358 40' }, 'phone=%2B358%2040'],
    [{ phone: '{contact.agent.id}' }, {}, 'phone='],
    [{ a: 'x{contact.agent.id}y' }, {}, 'a=xy'],
    [{ a: null, b: 1, c: true }, {}, 'b=1&c=true'],
    [{ a: ['x', '{contact.id}'] }, {}, 'a=x&a=C1'],
    [{ a: '{contact.skills}' }, { skills: ['x', 2] }, 'a=x&a=2'],
    [{ a: '{contact.attached_data}' }, { attached_data: { b: 1 } }, 'a=%7B%22b%22%3A1%7D'],
    [{ e: '{event}' }, {}, 'e=queued'],
    [{ filter: "source='{contact.source}'" }, { source: '1' }, 'filter=source%3D%271%27'],
  ])('%j with %j is %s', (params, contact, expected) => expect(query(params, contact)).toBe(expected));
});

describe('headers', () => {
  it.each<[object, object, object]>([
    [{ 'x-api-key': '{authentications.api-key}' }, {}, { 'x-api-key': 'k1' }],
    [{ 'x-api-key': "{authentications['my key']}" }, {}, { 'x-api-key': 'k2' }],
    [{ a: '{contact.agent.id}', b: 'x{contact.agent.id}' }, {}, { b: 'x' }],
    [{ a: 1, b: false }, {}, { a: '1', b: 'false' }],
    [{ a: '{contact.source}' }, { source: 'Zoë' }, { a: 'Zoë' }],
  ])('%j with %j is %j', (given, contact, expected) => expect(headers(given, contact)).toEqual(expected));

  it.each(['a\r\nb', 'a\nb', '\0', '\u007f', 'Ł', '😀'])(
    'H2.22: refuses the value %j instead of altering it',
    (source) => {
      expect(() => headers({ a: '{contact.source}' }, { source })).toThrow(RenderFault);
    },
  );
  it('H2.22: hold no line break and nothing altered, for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        try {
          const { a, b } = headers({ a: '{contact.source}', b: 'x{contact.source}' }, { source }) as Record<
            string,
            string
          >;
          return !/[\r\n\0]/.test(`${a}${b}`) && b === `x${source}` && a === source;
        } catch (error) {
          return error instanceof RenderFault;
        }
      }),
    );
  });
  it('writes basic credentials in UTF-8', () => {
    const { Authorization } = headers({}, {}, { authentication: { type: 'basic' } }) as { Authorization: string };
    expect(Buffer.from(Authorization.slice(6), 'base64').toString('utf8')).toBe('alice:wonder:länd');
  });
});

describe('body', () => {
  it('keeps types for whole values and makes text inside texts', () => {
    expect(
      body(
        {
          event: '{event}',
          name: 'e={event}',
          contact: '{contact.attached_data}',
          n: '{contact.priority}',
          t: 'n={contact.priority}',
          none: '{contact.agent.id}',
          inText: '<{contact.agent.id}>',
          static: [1, true, null],
        },
        { priority: 7, attached_data: { a: [1] } },
      ),
    ).toEqual({
      event: { name: 'queued', datetime: '2026-01-02T03:04:05Z' },
      name: 'e=queued',
      contact: { a: [1] },
      n: 7,
      t: 'n=7',
      none: null,
      inText: '<>',
      static: [1, true, null],
    });
  });
  it('is a form when its content type says so', () => {
    const { body: text, contentType } = renderFrozen(
      compile({
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: { a: '{contact.id}', b: 'x y' },
      }),
      scope(),
    );
    expect([text, contentType]).toEqual(['a=C1&b=x%20y', 'application/x-www-form-urlencoded']);
  });
  it('is not sent with GET', () => {
    expect(renderFrozen(compile({ method: 'GET', body: { a: 1 } }), scope())).toEqual({ method: 'GET' });
  });
  it('H2.23: holds every text at its leaf', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        expect(body({ a: { b: '{contact.source}' }, c: 1 }, { source })).toEqual({ a: { b: source }, c: 1 });
      }),
    );
  });
  it('H2.13: is refused when it is larger than 256 KiB', () => {
    expect(() => body({ a: '{contact.source}' }, { source: 'x'.repeat(262_144) })).toThrow(/larger/);
  });
});
