import { acceptEvent } from './accept-event';
import { anEvent } from './an-event.builder';

const now = '2026-11-22T08:44:45.000Z';
const accept = (value: unknown) => acceptEvent(Buffer.from(JSON.stringify(value)), now);
const acceptText = (text: string) => acceptEvent(Buffer.from(text), now);

function accepted(value: unknown) {
  const acceptance = accept(value);
  if (!acceptance.accepted) throw new Error(acceptance.reason);
  return acceptance.event;
}

function faults(value: unknown) {
  const acceptance = accept(value);
  return acceptance.accepted ? [] : acceptance.faults.map(({ path, code, message }) => `${path} [${code}] ${message}`);
}

it('an event is normalised and stamped with the time it was accepted', () => {
  const event = accepted(anEvent({ event: { name: 'QUEUED' }, contact: { channel_type: 'Phone' } }));
  expect(event).toMatchObject({ acceptedAt: now, event: { name: 'queued' } });
  expect(event.contact).toMatchObject({ channel_type: 'phone', queue: null, source: '', attached_data: {} });
});

it('an event without id has the same id whenever it comes, another event another', () => {
  const id = accepted(anEvent()).id;
  expect(accepted(anEvent()).id).toBe(id);
  expect(accepted(anEvent({ event: { name: 'ended' } })).id).not.toBe(id);
  expect(accepted(anEvent({ id: 'mine' })).id).toBe('mine');
});

it('all faults are named at once, by path, in plain words', () => {
  const input = anEvent({
    event: { name: 'exploded', datetime: 'today' },
    contact: { id: 7, priority: 'high', guid: 5 },
  });
  expect(faults(input)).toEqual([
    expect.stringMatching(/^event\.name \[unknown\] must be one of .*queued.*, not "exploded"$/),
    'event.datetime [format] must be a date-time (RFC 3339, with zone)',
    'contact.id [type] must be string',
    'contact.guid [id] must be a text of at most 256 characters without control characters, or null',
    'contact.priority [type] must be number or null',
  ]);
});

it.each([
  ['a missing event and contact', {}, ['event', 'contact']],
  ['a missing name', anEvent({ event: { name: undefined } }), ['event.name']],
  ['an array', [anEvent()], ['']],
  ['a scalar', 17, ['']],
  ['null', null, ['']],
  ['an id with control characters', anEvent({ id: 'a\u0000b' }), ['id']],
  ['an id of 10 KB', anEvent({ id: 'x'.repeat(10_000) }), ['id']],
  ['a direction nobody knows', anEvent({ contact: { direction: 'sideways' } }), ['contact.direction']],
  ['a time without zone', anEvent({ event: { datetime: '2026-11-22T08:44:44' } }), ['event.datetime']],
])('%s is refused', (_, input, paths) => {
  const acceptance = accept(input);
  expect(acceptance.accepted ? 'accepted' : acceptance.faults.map(({ path }) => path)).toEqual(paths);
});

it.each([
  ['an empty body', '', 'empty'],
  ['what is not JSON', 'event=queued', 'not-json'],
  ['a truncated body', JSON.stringify(anEvent()).slice(0, -5), 'not-json'],
  ['200,000 levels', '['.repeat(100_000) + ']'.repeat(100_000), 'too-deep'],
  ['a body over 256 KiB', JSON.stringify(anEvent({ contact: { source: 'x'.repeat(262_144) } })), 'too-large'],
])('%s is refused', (_, text, code) => {
  expect(acceptText(text)).toMatchObject({ accepted: false, faults: [{ path: '', code }] });
});

it.each([
  ['UTF-16', Buffer.from(JSON.stringify(anEvent()), 'utf16le'), 'not-json'],
  ['invalid UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), 'not-utf8'],
  ['gzip', Buffer.from('1f8b080000000000', 'hex'), 'not-utf8'],
])('%s is refused', (_, body, code) => {
  expect(acceptEvent(body, now)).toMatchObject({ accepted: false, faults: [{ code }] });
});

it('a byte order mark does no harm', () => {
  expect(acceptText(`\ufeff${JSON.stringify(anEvent())}`).accepted).toBe(true);
});

it('names that are special in JavaScript are data like any other', () => {
  const text = JSON.stringify(anEvent()).replace(
    '"contact":{',
    '"contact":{"__proto__":{"priority":1},"constructor":2,',
  );
  const acceptance = acceptText(text);
  if (!acceptance.accepted) throw new Error(acceptance.reason);
  expect(acceptance.event.contact.priority).toBeNull();
  expect(JSON.parse(JSON.stringify(acceptance.event)).contact.constructor).toBe(2);
  expect(({} as { priority?: number }).priority).toBeUndefined();
});
