import fc from 'fast-check';
import { withPlainHeaders } from './tolerate-headers';

interface Entry {
  tag: string;
  value: Buffer;
}

const fixed = { V: 0, t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, f: 4, D: 5, l: 8, d: 8, T: 8 };

const fixedEntry = fc
  .constantFrom(...Object.entries(fixed))
  .chain(([tag, size]) => bytes(size, size).map((value) => ({ tag, value })));
const longEntry = fc
  .record({ tag: fc.constantFrom('S', 'x', 'F', 'A'), content: bytes(0, 300) })
  .map(({ tag, content }) => ({ tag, value: withLength(content) }));
const entries = fc.array(fc.oneof(fixedEntry, longEntry), { maxLength: 20 });

it('R1.19 of any header table all but tables and lists is kept, with the properties around it', () => {
  fc.assert(
    fc.property(entries, fc.nat(2 ** 16 - 1), bytes(0, 40), bytes(0, 40), (all, flags, text, rest) => {
      const plain = all.filter(({ tag }) => tag !== 'F' && tag !== 'A');
      const received = Buffer.concat([frameOf(all, flags, text), rest]);
      expect(withPlainHeaders(received)).toEqual(frameOf(plain, flags, text));
    }),
  );
});

it('R1.19 whatever the bytes are, nothing throws', () => {
  fc.assert(
    fc.property(bytes(0, 200), fc.boolean(), (garbage, framed) => {
      withPlainHeaders(framed ? frame(Buffer.concat([Buffer.alloc(12), Buffer.from([0xe0, 0]), garbage])) : garbage);
    }),
    { numRuns: 2_000 },
  );
});

it('a frame that is another, unfinished, or without headers is left alone', () => {
  const whole = frameOf([{ tag: 'V', value: Buffer.alloc(0) }], 0, Buffer.alloc(0));
  const other = Buffer.from(whole);
  other.writeUInt8(1, 0);
  const without = frame(Buffer.concat([Buffer.alloc(12), Buffer.from([0x9f, 0, 0])]));
  expect([other, whole.subarray(0, -1), without, Buffer.alloc(0)].map(withPlainHeaders)).toEqual(
    Array(4).fill(undefined),
  );
});

/** A content header frame with a header table; `flags` says which of the other properties are there. */
function frameOf(table: Entry[], flags: number, text: Buffer): Buffer {
  const word = Buffer.alloc(2);
  word.writeUInt16BE(flags | 0x2000);
  const shortText = Buffer.concat([Buffer.from([text.length]), text]);
  const content = Buffer.concat(
    table.map(({ tag, value }) => Buffer.concat([Buffer.from([3]), Buffer.from('key'), Buffer.from(tag), value])),
  );
  const before = [0x8000, 0x4000].filter((flag) => flags & flag).map(() => shortText);
  return frame(Buffer.concat([Buffer.alloc(12, 7), word, ...before, withLength(content), Buffer.from('later')]));
}

function frame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([2, 0, 1]), withLength(payload), Buffer.from([0xce])]);
}

function withLength(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

function bytes(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
}
