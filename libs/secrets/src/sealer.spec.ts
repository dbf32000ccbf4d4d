import { open, seal } from './envelope';
import { aKeyRing } from './key-ring.builder';
import { createSealer } from './sealer';

const dataKeyOf = (sealed: string) => sealed.split('.')[2];

test('what a sealer seals, open opens, and the other way round', () => {
  const ring = aKeyRing();
  const sealer = createSealer(ring);
  expect(open(ring, sealer.seal('text', 'x'), 'x')).toBe('text');
  expect(sealer.open(seal(ring, 'text', 'x'), 'x')).toBe('text');
});

test('one data key serves many seals, up to its limit', () => {
  const sealer = createSealer(aKeyRing(), { maxSeals: 3 });
  const keys = Array.from({ length: 7 }, () => dataKeyOf(sealer.seal('text', 'x')));
  expect(keys.map((key) => keys.indexOf(key))).toEqual([0, 0, 0, 3, 3, 3, 6]);
});

test('a data key is left after an hour', () => {
  let now = 0;
  const sealer = createSealer(aKeyRing(), { now: () => now });
  const first = dataKeyOf(sealer.seal('text', 'x'));
  now = 3_599_999;
  expect(dataKeyOf(sealer.seal('text', 'x'))).toBe(first);
  now = 3_600_000;
  expect(dataKeyOf(sealer.seal('text', 'x'))).not.toBe(first);
});

test('a remembered data key opens its own texts only', () => {
  const sealer = createSealer(aKeyRing());
  const sealed = sealer.seal('text', 'x');
  expect(sealer.open(sealed, 'x')).toBe('text');
  expect(() => sealer.open(sealed, 'y')).toThrow('it was altered');
  expect(() => sealer.open(sealed.replace('v1.k1.', 'v1.k2.'), 'x')).toThrow('not in the key ring');
});

test('forgetting data keys changes nothing but the time it takes', () => {
  const ring = aKeyRing();
  const sealer = createSealer(ring, { rememberedKeys: 2 });
  const sealed = Array.from({ length: 5 }, (_, index) => seal(ring, `text ${index}`, 'x'));
  const opened = [...sealed, ...sealed].map((text) => sealer.open(text, 'x'));
  expect(opened.slice(5)).toEqual(['text 0', 'text 1', 'text 2', 'text 3', 'text 4']);
});
