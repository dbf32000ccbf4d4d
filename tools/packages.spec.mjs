import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { differences } from './packages.mjs';

const lock = {
  '': { name: 'root' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/for-another-platform': { version: '1.0.0', integrity: 'sha512-b', optional: true },
};

function compare(installed) {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-packages-'));
  writeFileSync(join(folder, 'lock.json'), JSON.stringify({ packages: lock }));
  if (installed) writeFileSync(join(folder, 'installed.json'), JSON.stringify({ packages: installed }));
  try {
    return differences(join(folder, 'lock.json'), join(folder, 'installed.json'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('what the lock file says is installed, so nothing is to be done', () => {
  expect(compare({ 'node_modules/a': lock['node_modules/a'] })).toEqual([]);
});

test('a package of another version is a difference', () => {
  expect(compare({ 'node_modules/a': { version: '0.9.0', integrity: 'sha512-z' } })).toEqual(['node_modules/a']);
});

test('an installation that was never completed counts as none', () => {
  expect(compare(undefined)).toEqual(['node_modules/a']);
});
