import { expect, it } from '@jest/globals';
import { alignedTable } from './fault-table.mjs';

it('every fault has a row: what was accepted, lost, unexpected, repeated, and how long it took to recover', () => {
  const row = { accepted: 437, lost: 0, unexpected: 0, duplicateCalls: 26 };
  expect(
    alignedTable([
      { fault: 'F4 broker kill -9', ...row, recoveryMs: 6_166 },
      { fault: 'F3 crash loop', ...row, recoveryMs: null },
    ]).split('\n'),
  ).toEqual([
    '  fault              accepted  lost  unexpected  duplicate calls  recovery',
    '  F4 broker kill -9       437     0           0               26     6.2 s',
    '  F3 crash loop           437     0           0               26         -',
  ]);
});
