import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { maxAnswerBytes, readBody } from './read-body';

const text = Buffer.from('{"name":"Müller"}');

test.each([
  ['', text],
  ['identity', text],
  ['gzip', gzipSync(text)],
  ['GZip', gzipSync(text)],
  ['br', brotliCompressSync(text)],
  ['deflate', deflateSync(text)],
  ['deflate', deflateRawSync(text)],
])('an answer encoded as "%s" is read', async (encoding, bytes) => {
  expect(await readBody(encoding, bytes)).toEqual({ body: text });
});

test('an empty body is empty in every encoding', async () => {
  expect(await readBody('gzip', Buffer.alloc(0))).toEqual({ body: Buffer.alloc(0) });
});

test('exactly 1 MiB is read, one byte more is too large', async () => {
  const full = await readBody('gzip', gzipSync(Buffer.alloc(maxAnswerBytes)));
  expect('body' in full && full.body.length).toBe(maxAnswerBytes);
  expect(await readBody('gzip', gzipSync(Buffer.alloc(maxAnswerBytes + 1)))).toEqual({ fault: 'too-large' });
});

test.each(['gzip', 'br', 'deflate'])('bytes that are not %s are a fault', async (encoding) => {
  expect(await readBody(encoding, Buffer.from('\x08plain text'))).toEqual({ fault: 'broken' });
});

test('a truncated body is a fault', async () => {
  expect(await readBody('gzip', gzipSync(text).subarray(0, -9))).toEqual({ fault: 'broken' });
});

test.each(['gzip, gzip', 'gzip, br', 'zstd', 'compress', 'constructor'])('"%s" is refused', async (encoding) => {
  expect(await readBody(encoding, gzipSync(gzipSync(text)))).toEqual({ fault: 'unknown-encoding' });
});
