import * as fc from 'fast-check';
import { parseChallenges } from './digest-challenge';

const tokenChars = [..."!#$%&'*+.^_`|~-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const token = fc.string({ unit: fc.constantFrom(...tokenChars), minLength: 1, maxLength: 12 });
const token68 = fc
  .tuple(fc.string({ unit: fc.constantFrom(...'abcXYZ019-._~+/'), minLength: 1, maxLength: 20 }), fc.nat(2))
  .map(([text, padding]) => text + '='.repeat(padding));
/** What a quoted string can hold, with much of what is hard. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', ',', '=', ' ', '\t', 'Digest ', 'Basic a=b, '),
    fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
  ),
  maxLength: 16,
});
const space = fc.constantFrom('', ' ', '\t', '  ');

/** A challenge, and one of the many ways to write it. */
const params = fc
  .uniqueArray(
    fc.record({ name: token, value: fc.oneof(text, token), quote: fc.boolean(), before: space, after: space }),
    {
      selector: ({ name }) => name.toLowerCase(),
      maxLength: 6,
    },
  )
  .map((list) => ({
    params: list.map(({ name, value }): [string, string] => [name.toLowerCase(), value]),
    text: list
      .map(({ name, value, quote, before, after }) => name + before + '=' + after + write(value, quote))
      .join(', '),
  }));
const challenge = fc
  .tuple(token, fc.oneof(params, token68))
  .map(([scheme, rest]) =>
    typeof rest === 'string'
      ? { challenge: { scheme: scheme.toLowerCase(), params: [], token68: rest }, text: `${scheme} ${rest}` }
      : { challenge: { scheme: scheme.toLowerCase(), params: rest.params }, text: `${scheme} ${rest.text}` },
  );

function write(value: string, quote: boolean): string {
  const bare = !quote && value !== '' && [...value].every((char) => tokenChars.includes(char));
  return bare ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

test('P4: parse(format(x)) = x for every list of challenges, however it is written and joined', () => {
  const comma = fc.constantFrom(',', ', ', ' ,\t', ',, ');
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: 4 }), comma, (written, between) => {
      const parsed = parseChallenges(written.map(({ text }) => text).join(between));
      expect(parsed.map((one) => ({ ...one, params: [...one.params] }))).toEqual(
        written.map(({ challenge }) => challenge),
      );
    }),
    { numRuns: 1_000 },
  );
});

test('for every text there is a list of challenges, never a throw', () => {
  const pieces = fc.constantFrom('Digest ', 'realm', '=', '"', '\\', ',', ' ', 'nonce="', 'x', '\0', 'é', '==', '/');
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: pieces, maxLength: 60 }));
  fc.assert(
    fc.property(texts, (text) => expect(Array.isArray(parseChallenges(text))).toBe(true)),
    { numRuns: 2_000 },
  );
});

test.each(['a ', 'a=', 'a="', '"', '\\"', 'a="\\"', ',', ' ', 'a', 'a=b ', 'a "', '=', 'a="b"', '("'])(
  'a hundred thousand times %j takes no longer than a text of the longest that is read',
  (piece) => {
    // Quadratic work on 16 KiB would be some 10^8 steps for each of these rounds.
    const hostile = piece.repeat(100_000);
    const startedAt = performance.now();
    for (let round = 0; round < 20; round++) parseChallenges(`Digest ${hostile}`);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  },
);
