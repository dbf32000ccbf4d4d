import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { code, inWords } from './reference-words.mjs';
import { root } from './workspace.mjs';

const folder = mkdtempSync(join(tmpdir(), 'patchbay-reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

function runReference(...args) {
  const command = [join(root, 'tools/reference.mjs'), ...args];
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8', timeout: 30_000 });
}

describe('the check of the reference pages', () => {
  test('takes the committed pages', () => {
    const { status, stderr } = runReference('--check');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }, 30_000);

  test('names a stale and a missing page, and what to do', () => {
    cpSync(join(root, 'docs/reference'), folder, { recursive: true });
    writeFileSync(join(folder, 'delivery.md'), '# Delivery\n');
    rmSync(join(folder, 'authentication.md'));
    const { status, stderr } = runReference('--check', '--into', folder);
    expect(status).toBe(1);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/authentication\.md is stale$/),
      expect.stringMatching(/delivery\.md is stale$/),
      expect.stringContaining('npm run reference'),
      '',
    ]);
  }, 30_000);
});

describe('a schema in words', () => {
  test.each([
    [{ type: 'string' }, 'a text'],
    [{ type: 'string', minLength: 1 }, 'a text that is not empty'],
    [{ type: ['string', 'number'] }, 'a text or a number'],
    [{ type: 'number', minimum: 0, maximum: 9 }, 'a number from 0 to 9'],
    [{ enum: ['a', 'b', 'c'] }, '`"a"`, `"b"` or `"c"`'],
    [{ anyOf: [{ type: 'string' }, { const: null }] }, 'a text or `null`'],
    [{ type: 'array', items: { type: 'integer' } }, 'an array, each element an integer'],
    [
      { type: 'object', properties: { a: { type: 'string' }, b: { type: 'boolean' } }, required: ['a'] },
      'an object with `a` (a text) and `b` (`true` or `false`, optional)',
    ],
    [
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        minProperties: 1,
        maxProperties: 1,
      },
      'an object with exactly one of `a` (a text) and `b` (a text)',
    ],
    [{}, 'any value'],
  ])('%j', (schema, words) => {
    expect(inWords(schema)).toBe(words);
  });

  test('a value shows what is missing in it', () => {
    expect(code({ id: undefined, list: [1, undefined] })).toBe('`{ "id": missing, "list": [1, missing] }`');
  });
});
