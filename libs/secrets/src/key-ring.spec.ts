import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKeyRing, readKeyRing } from './key-ring';

const aKey = () => randomBytes(32).toString('base64');
const faultOf = (text: string) => {
  try {
    readKeyRing(text, 'ring.json');
  } catch (error) {
    return String(error);
  }
  return 'no fault';
};

test('a file with an active key and older ones is read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'key-ring-'));
  const [k1, k2] = [aKey(), aKey()];
  writeFileSync(join(folder, 'ring.json'), JSON.stringify({ active: 'k2', keys: { k1, k2 } }));
  const ring = loadKeyRing(join(folder, 'ring.json'));
  rmSync(folder, { recursive: true });
  expect(ring.active).toBe('k2');
  expect(ring.keys.get('k1')).toEqual(Buffer.from(k1, 'base64'));
});

test('a missing file is named, with the form it must have', () => {
  expect(() => loadKeyRing('/nowhere/ring.json')).toThrow(
    'key ring /nowhere/ring.json: cannot be read (ENOENT); it must be a file of the form {"active"',
  );
});

test('all faults are told at once', () => {
  const fault = faultOf(JSON.stringify({ active: 'k9', keys: { 'a.b': aKey(), k2: 'short', k3: 7 } }));
  expect(fault).toContain('"active" names "k9", which is not in "keys"');
  expect(fault).toContain('key id "a.b" must be 1 to 64 letters');
  expect(fault).toContain('key "k2" must be 32 bytes in base64');
  expect(fault).toContain('key "k3" must be 32 bytes in base64');
});

test.each(['', 'null', '[]', '"k1"', '{'])('what is no JSON object is refused: %j', (text) => {
  expect(faultOf(text)).toContain('is not a JSON object of the form');
});

test('an empty ring is refused', () => {
  expect(faultOf('{}')).toContain('"keys" must be an object with at least one key');
  expect(faultOf('{"keys":{},"active":"k1"}')).toContain('"keys" must be an object with at least one key');
});

test('no fault shows a key', () => {
  const key = aKey();
  expect(faultOf(`{"active":"k1","keys":{"k1":"${key}"}`)).not.toContain(key);
  expect(faultOf(JSON.stringify({ active: 'k2', keys: { k1: `${key}x` } }))).not.toContain(key);
});
