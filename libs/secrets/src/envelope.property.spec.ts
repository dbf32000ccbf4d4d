import * as fc from 'fast-check';
import { CannotOpen } from './cannot-open';
import { open, seal } from './envelope';
import { aKeyRing } from './key-ring.builder';

const texts = fc.string({ unit: 'binary', maxLength: 400 });

test('for every text and place, what was sealed opens to the same text', () => {
  const ring = aKeyRing();
  fc.assert(fc.property(texts, texts, (text, aad) => open(ring, seal(ring, text, aad), aad) === text));
});

test('for every flipped bit of a sealed text it does not open', () => {
  const ring = aKeyRing();
  const sealed = Buffer.from(seal(ring, 'a customer secret', 'here'), 'latin1');
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.nat(7), (index, bit) => {
      const flipped = Buffer.from(sealed);
      flipped[index] = flipped[index]! ^ (1 << bit);
      expect(() => open(ring, flipped.toString('latin1'), 'here')).toThrow(CannotOpen);
    }),
    { numRuns: 1_000 },
  );
});

test('for every other place it does not open', () => {
  const ring = aKeyRing();
  fc.assert(
    fc.property(texts, texts, (aad, other) => {
      fc.pre(aad !== other);
      expect(() => open(ring, seal(ring, 'text', aad), other)).toThrow(new CannotOpen('tampered', 'k1'));
    }),
  );
});

test('for every text that is no envelope the answer is CannotOpen', () => {
  const ring = aKeyRing();
  fc.assert(fc.property(texts, (text) => void expect(() => open(ring, text, '')).toThrow(CannotOpen)));
});
