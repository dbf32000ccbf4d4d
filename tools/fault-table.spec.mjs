import { expect, it } from '@jest/globals';
import { alignedTable } from './fault-table.mjs';

it('rows of one fault are one: figures add up, and the longest recovery stays', () => {
  const row = { fault: 'P7', lost: 0, unexpected: 0, duplicateCalls: 1 };
  const table = alignedTable([
    { ...row, accepted: 5, recoveryMs: 200 },
    { ...row, accepted: 7, recoveryMs: 900 },
    { ...row, accepted: 1, recoveryMs: null },
  ]);
  expect(table.split('\n').slice(1)).toEqual(['  P7           13     0           0                3     0.9 s']);
});

it('every fault has a row: what was accepted, lost, unexpected, repeated, and how long it took to recover', () => {
  const row = { accepted: 437, lost: 0, unexpected: 0, duplicateCalls: 26 };
  expect(
    alignedTable([
      { fault: 'F4 broker kill -9', ...row, recoveryMs: 6_166 },
      { fault: 'F3 crash loop', ...row, recoveryMs: null },
    ]).split('\n'),
  ).toEqual([
    '  fault              accepted  lost  unexpected  duplicate calls  recovery',
    '  F3 crash loop           437     0           0               26         -',
    '  F4 broker kill -9       437     0           0               26     6.2 s',
  ]);
});
