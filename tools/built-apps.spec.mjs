import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { isBuilt } from './built-apps.mjs';

const folders = [];

afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** A workspace whose files were changed in the given seconds, folders in second 1. */
function setup(files) {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-built-'));
  folders.push(folder);
  const touch = (name, second) => utimesSync(join(folder, name), second, second);
  for (const [name, second] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), '');
    touch(name, second);
  }
  for (const name of ['libs', 'libs/edi', 'apps/a', 'apps/a/src']) {
    mkdirSync(join(folder, name), { recursive: true });
    touch(name, 1);
  }
  return { folder, touch };
}

const built = { 'libs/edi/match.ts': 2, 'apps/a/src/main.ts': 3, 'apps/b/src/main.ts': 9, 'dist/apps/a/main.js': 5 };

test('a bundle younger than its sources need not be made again', () => {
  expect(isBuilt('a', setup(built).folder)).toBe(true);
});

test.each(['libs/edi/match.ts', 'apps/a/src/main.ts', 'libs/edi', 'apps/a/src'])(
  'a change of %s asks for a new one',
  (name) => {
    const { folder, touch } = setup(built);
    touch(name, 7);
    expect(isBuilt('a', folder)).toBe(false);
  },
);

test('an app that was never built is not built', () => {
  expect(isBuilt('b', setup(built).folder)).toBe(false);
});
