import { fullJitter, within } from './back-off';

const backOff = { shortestMs: 200, longestMs: 15_000 };

it.each([
  [0, 200],
  [1, 400],
  [6, 12_800],
  [7, 15_000],
  [2_000, 15_000],
])('before attempt %i at most %i ms are waited', (attempt, ceiling) => {
  expect(fullJitter(attempt, backOff, 1)).toBe(ceiling);
  expect(fullJitter(attempt, backOff, 0)).toBe(0);
});

it('an answer that does not come in time is named', async () => {
  await expect(within(5, 'opening a channel', new Promise(() => undefined))).rejects.toThrow(
    'no answer within 5 ms: opening a channel',
  );
});
