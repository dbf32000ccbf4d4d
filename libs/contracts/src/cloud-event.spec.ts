import { fromCloudEvent, isCloudEvent } from './cloud-event';
import { readEvent } from './read-event';

const idOf = (seed: string) => `hash of ${seed.length} characters`;
const contact = { id: 'call-1', channel_type: 'phone', direction: 'inbound' };
const datetime = '2026-11-22T08:44:44.215Z';

/** A good CloudEvent; what is undefined is left out. */
const aCloudEvent = (more: object = {}) => ({
  specversion: '1.0',
  id: '42',
  source: 'https://acme.example.com/calls',
  type: 'com.acme.conversation.queued',
  time: datetime,
  data: { contact },
  ...more,
});

function read(more: object) {
  const check = readEvent(JSON.parse(JSON.stringify(aCloudEvent(more))), idOf);
  if ('faults' in check) throw new Error(JSON.stringify(check.faults));
  return check.event;
}

function faults(more: object) {
  const check = readEvent(JSON.parse(JSON.stringify(aCloudEvent(more))), idOf);
  return 'faults' in check ? check.faults.map(({ path, message }) => `${path} ${message}`) : [];
}

it('a CloudEvent with a contact becomes the event its envelope names', () => {
  const event = read({});
  expect(event).toMatchObject({
    id: 'https://acme.example.com/calls 42',
    event: { name: 'queued', datetime },
    contact,
  });
  expect(event.contact).toMatchObject({ guid: 'call-1', queue: null, attached_data: {} });
});

it('a plain message and anything else is no CloudEvent', () => {
  const others = [{ event: { name: 'queued', datetime }, contact }, [], null, 'specversion', {}];
  expect(others.map(isCloudEvent)).toEqual([false, false, false, false, false]);
  expect(isCloudEvent({ specversion: '0.3' })).toBe(true);
});

it.each([
  ['queued', 'queued'],
  ['com.acme.conversation.queued', 'queued'],
  ['com.acme.conversation.queued.v1', 'queued'],
  ['com.acme.conversation.queued.v2.10', 'queued'],
  ['com.acme.conversation.Queued.V1', 'queued'],
  ['com.acme.v1.queued', 'queued'],
  ['queued.v1', 'queued'],
])('the type %s names the event %s', (type, name) => {
  expect(read({ type }).event.name).toBe(name);
});

it.each([
  ['com.acme.conversation', 'conversation'],
  ['com.acme.v1', 'acme'],
  ['v1', 'v1'],
  ['com.acme.queued.v1beta', 'v1beta'],
  ['com.acme.queued.', ''],
  ['', ''],
])('the type %s names no event', (type, name) => {
  expect(faults({ type })).toEqual([expect.stringMatching(new RegExp(`^type must be one of .*, not "${name}"$`))]);
});

it('a name inside data counts where the type names no event', () => {
  const data = { event: { name: 'ended', datetime }, contact };
  expect(read({ type: 'com.acme.conversation.event', data }).event.name).toBe('ended');
  expect(read({ type: 'com.acme.ENDED', data }).event.name).toBe('ended');
});

it('a name inside data that is not the one of the type is a fault', () => {
  const data = { event: { name: 'ended', datetime }, contact };
  expect(faults({ data })).toEqual(['type names the event "queued", but data.event.name is "ended"; let them agree']);
});

it('the datetime inside data counts before that of the envelope', () => {
  const earlier = '2026-11-22T08:00:00Z';
  expect(read({ data: { event: { datetime: earlier }, contact } }).event.datetime).toBe(earlier);
  expect(read({ data: { event: { datetime: null }, contact } }).event.datetime).toBe(datetime);
});

it('an id inside data does not count', () => {
  expect(read({ data: { id: 'inner', contact } }).id).toBe('https://acme.example.com/calls 42');
});

it('different pairs of source and id have different ids', () => {
  const pairs = [
    { source: 'a', id: 'b c' },
    { source: 'a', id: 'b  c' },
    { source: 'ab', id: 'c' },
    { source: 'a', id: 'bc' },
  ];
  expect(new Set(pairs.map((pair) => read(pair).id)).size).toBe(4);
  expect(faults({ source: 'a b', id: 'c' })).toEqual([expect.stringContaining('source must be a URI reference')]);
});

it('source and id stay readable up to 256 characters, and are hashed beyond', () => {
  expect(read({ source: 's', id: 'x'.repeat(254) }).id).toBe(`s ${'x'.repeat(254)}`);
  expect(read({ source: 's', id: 'x'.repeat(255) }).id).toBe('hash of 257 characters');
});

it('attributes of extensions and attributes that are null do no harm', () => {
  const event = read({ traceparent: '00-ab', dataschema: null, datacontenttype: null, subject: 'x' });
  expect(event).toEqual(read({}));
});

it.each([['application/json'], ['application/json; charset=utf-8'], ['application/vnd.acme+json']])(
  'data of the content type %s is taken',
  (datacontenttype) => expect(faults({ datacontenttype })).toEqual([]),
);

it.each<[string, object, string[]]>([
  ['an older version', { specversion: '0.3' }, ['specversion must be one of 1.0']],
  ['a version that is a number', { specversion: 1 }, ['specversion must be one of 1.0']],
  ['a missing id', { id: undefined }, ['id is required']],
  ['an id that is null', { id: null }, ['id is required']],
  ['an empty id', { id: '' }, ['id must be a text of at least one character, without control characters']],
  ['a missing type', { type: undefined }, ['type is required']],
  ['a type that is a list', { type: ['queued'] }, ['type must be string']],
  ['no time at all', { time: undefined }, ['time is required']],
  ['a time without zone', { time: '2026-11-22T08:44:44' }, ['time must be a date-time (RFC 3339, with zone)']],
  [
    'a datetime without zone inside data',
    { data: { event: { datetime: '2026-11-22T08:44:44' }, contact } },
    ['data.event.datetime must be a date-time (RFC 3339, with zone)'],
  ],
  ['an event inside data that is a text', { data: { event: 'queued', contact } }, ['data.event must be object']],
  ['data without a contact', { data: {} }, ['data.contact is required']],
  [
    'data that is no JSON',
    { datacontenttype: 'text/xml' },
    ['datacontenttype must be JSON: application/json, or left out'],
  ],
  [
    'binary data',
    { data: undefined, data_base64: 'e30=' },
    ['data is required: {"contact": ...} or a whole event message, as JSON'],
  ],
  ['data that is a text', { data: '{}' }, ['data must be object: {"contact": ...} or a whole event message, as JSON']],
  [
    'a contact with faults of its own',
    { data: { contact: { ...contact, id: 7, direction: 'sideways' } } },
    ['data.contact.id must be string', 'data.contact.direction must be one of inbound, outbound, not "sideways"'],
  ],
  [
    'faults in all places',
    { specversion: '2.0', source: '', type: 'com.acme.exploded', data: { contact: {} } },
    [
      'specversion must be one of 1.0',
      'source must be a URI reference: not empty, without spaces and control characters',
      expect.stringMatching(/^type must be one of .*, not "exploded"$/),
      'data.contact.id is required',
      'data.contact.channel_type is required',
      'data.contact.direction is required',
    ],
  ],
])('%s is told by its path in the CloudEvent', (_, more, expected) => {
  expect(faults(more)).toEqual(expected);
});

it.each([
  ['an array', []],
  ['a text', 'x'],
  ['null', null],
])('%s is not a CloudEvent', (_, body) => {
  const check = readEvent(body, idOf, 'cloud-event');
  expect(check).toEqual({ faults: [{ path: '', code: 'type', message: 'must be object' }] });
});

it('a message sent as a CloudEvent is told what it lacks', () => {
  const check = readEvent({ event: { name: 'queued', datetime }, contact }, idOf, 'cloud-event');
  const paths = 'faults' in check ? check.faults.map(({ path }) => path) : [];
  expect(paths).toEqual(['specversion', 'id', 'source', 'type', 'data', 'time']);
});

it('names that are special in JavaScript are data like any other', () => {
  const text = JSON.stringify(aCloudEvent()).replace(
    '"contact":{',
    '"event":{"__proto__":{"name":"ended"}},"contact":{',
  );
  const { message } = fromCloudEvent(JSON.parse(text), idOf);
  expect(message['event']).toMatchObject({ name: 'queued', datetime });
});
