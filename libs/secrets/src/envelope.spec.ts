import { CannotOpen } from './cannot-open';
import { open, seal } from './envelope';
import type { KeyRing } from './key-ring';
import { aKeyRing } from './key-ring.builder';

const reasonOf = (attempt: () => unknown) => {
  try {
    attempt();
  } catch (error) {
    return error instanceof CannotOpen ? error.reason : error;
  }
  return 'opened';
};

test('the sealed text is v1, key id and four parts, and never the same twice', () => {
  const ring = aKeyRing();
  expect(seal(ring, 'text', 'aad')).toMatch(/^v1\.k1\.[\w-]{80}\.[\w-]{16}\.[\w-]{6}\.[\w-]{22}$/);
  expect(seal(ring, 'text', 'aad')).not.toBe(seal(ring, 'text', 'aad'));
});

test('two rows whose sealed texts are swapped do not open', () => {
  const ring = aKeyRing();
  const [one, two] = [seal(ring, 'a', 'authentication:1:x'), seal(ring, 'b', 'authentication:2:x')];
  expect(reasonOf(() => open(ring, two, 'authentication:1:x'))).toBe('tampered');
  expect(reasonOf(() => open(ring, one, 'authentication:2:x'))).toBe('tampered');
});

test('a data key moved into another envelope does not open it', () => {
  const ring = aKeyRing();
  const [one, two] = [seal(ring, 'a', 'x').split('.'), seal(ring, 'b', 'x').split('.')];
  one[2] = two[2]!;
  expect(reasonOf(() => open(ring, one.join('.'), 'x'))).toBe('tampered');
});

test('after a rotation the old key still opens and the new one seals', () => {
  const old = aKeyRing('k1');
  const sealed = seal(old, 'text', 'x');
  const rotated: KeyRing = { active: 'k2', keys: new Map([...old.keys, ...aKeyRing('k2').keys]) };
  expect(open(rotated, sealed, 'x')).toBe('text');
  expect(seal(rotated, 'text', 'x')).toMatch(/^v1\.k2\./);
});

test('a key that left the ring is named, with what to do', () => {
  const sealed = seal(aKeyRing('k1'), 'text', 'x');
  expect(() => open(aKeyRing('k2'), sealed, 'x')).toThrow(
    'cannot open a sealed text (key "k1"): the key that sealed it is not in the key ring; put that key back',
  );
  expect(reasonOf(() => open(aKeyRing('k2'), sealed, 'x'))).toBe('unknown-key');
});

test('another key under the same id does not open', () => {
  expect(reasonOf(() => open(aKeyRing('k1'), seal(aKeyRing('k1'), 'text', 'x'), 'x'))).toBe('tampered');
});

test.each([
  '',
  'v1',
  'v2.k1.a.b.c.d',
  'v1.k1.a.b.c',
  'v1.k1.a.b.c.d.e',
  'v1.k 1.AAAA.AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA',
])('what is no envelope is malformed: %j', (text) =>
  expect(reasonOf(() => open(aKeyRing(), text, 'x'))).toBe('malformed'),
);

test('a second spelling of the same bytes is refused', () => {
  const ring = aKeyRing();
  const sealed = seal(ring, 'text', 'x');
  expect(reasonOf(() => open(ring, `${sealed}=`, 'x'))).toBe('malformed');
  expect(reasonOf(() => open(ring, `${sealed} `, 'x'))).toBe('malformed');
});
