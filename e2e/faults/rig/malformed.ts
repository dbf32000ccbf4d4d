import { gzipSync } from 'node:zlib';
import type { SentEvent } from '../../src/an-event';

type Malformed = [name: string, body: Buffer, properties?: object];

const good = { event: { name: 'received', datetime: '2026-11-22T08:44:44.215Z' }, contact: aContact() };
const text = JSON.stringify(good);

function aContact(more: object = {}) {
  return { id: 'malformed', channel_type: 'phone', direction: 'inbound', queue: { id: 'faults' }, ...more };
}

function withContact(more: object): Buffer {
  return Buffer.from(JSON.stringify({ ...good, contact: aContact(more) }));
}

/** Bodies that are no event, each to be set aside (T4.M). */
export const malformedMessages: Malformed[] = [
  ['an empty body', Buffer.alloc(0)],
  ['what is not JSON', Buffer.from('event=received')],
  ['a JSON scalar', Buffer.from('17')],
  ['a JSON array', Buffer.from(`[${text}]`)],
  ['a truncated body', Buffer.from(text.slice(0, -7))],
  ['UTF-16', Buffer.from(text, 'utf16le')],
  ['invalid UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])],
  ['a body of 1 MiB and a byte', Buffer.alloc(1_048_577, 0x20)],
  ['200,000 levels', Buffer.from('['.repeat(200_000) + ']'.repeat(200_000))],
  [
    '100,000 keys',
    Buffer.from(JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [key, 0])))),
  ],
  ['an unknown event', Buffer.from(JSON.stringify({ ...good, event: { ...good.event, name: 'exploded' } }))],
  ['an id with control characters', Buffer.from(JSON.stringify({ ...good, id: 'a\u0000b' }))],
  ['an id of 10 KB', Buffer.from(JSON.stringify({ ...good, id: 'x'.repeat(10_240) }))],
  ['a priority that is a text', withContact({ priority: 'high' })],
  ['gzip', gzipSync(text), { contentEncoding: 'gzip' }],
  ['a gzip bomb', gzipSync(Buffer.alloc(10_000_000)), { contentEncoding: 'gzip' }],
];

type Change = (event: SentEvent) => { properties?: object; body?: Buffer };

const headers =
  (of: object): Change =>
  () => ({ properties: { headers: of } });
const properties =
  (of: object): Change =>
  () => ({ properties: of });
const bytes =
  (make: (json: string) => string): Change =>
  (event) => ({ body: Buffer.from(make(JSON.stringify(event))) });

function nested(levels: number): object {
  let value: object = { deepest: true };
  for (let level = 0; level < levels; level++) value = { inner: value };
  return value;
}

/** Good events with odd properties, headers or bytes, each to be taken (T4.M). */
export const oddMessages: [name: string, change: Change][] = [
  [
    'no properties at all',
    () => ({ properties: { contentType: undefined, messageId: undefined, deliveryMode: undefined } }),
  ],
  ['another content type', properties({ contentType: 'text/plain' })],
  ['an unknown type', properties({ type: 'patchbay.conversation-event.v9' })],
  ['a timestamp long ago', properties({ timestamp: 1 })],
  ['a content encoding that lies', properties({ contentEncoding: 'utf-8' })],
  ['priority 255', properties({ priority: 255 })],
  ['a reply-to', properties({ replyTo: 'patchbay.dead-letters' })],
  ['a path as message id', properties({ messageId: '../../etc/passwd' })],
  ['a message id of 200 characters', properties({ messageId: 'm'.repeat(200) })],
  ['headers of 300 levels', headers(nested(300))],
  ['a header of 60 KiB', headers({ large: 'x'.repeat(60 * 1024) })],
  ['a binary header', headers({ binary: Buffer.from([0, 255, 1, 254]) })],
  ['CC and BCC to a queue of ours', headers({ CC: ['patchbay.poison'], BCC: ['patchbay.rejected'] })],
  ['a forged x-death', headers({ 'x-death': [{ count: 99, queue: 'patchbay.intake', reason: 'rejected' }] })],
  ['a forged x-delivery-count', headers({ 'x-delivery-count': 19 })],
  ['__proto__ as a header', headers(JSON.parse('{"__proto__":{"x":1}}') as object)],
  ['a byte order mark', bytes((json) => `\ufeff${json}`)],
  ['a key twice', bytes((json) => json.replace('"contact":', '"contact":null,"contact":'))],
  ['__proto__ in the contact', bytes((json) => json.replace('"contact":{', '"contact":{"__proto__":{"priority":1},'))],
  ['a number beyond 2^53', bytes((json) => json.replace('"contact":{', '"contact":{"large":9007199254740993,'))],
];
