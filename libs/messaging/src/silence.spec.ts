import { isSuspicious, silenceAfter, type Beat, type Silence } from './silence';

const patience = { readyMs: 15, emptyMs: 60 };

/** Whether the consumer is suspect after each of the beats, five milliseconds apart. */
function suspicions(beats: Partial<Beat>[]): boolean[] {
  let silence: Silence | undefined;
  return beats.map((beat, index) => {
    silence = silenceAfter(silence, { at: 5 * index, ready: 0, received: 3, running: 0, ...beat });
    return silence !== undefined && isSuspicious(silence, patience);
  });
}

it.each<[string, Partial<Beat>[], boolean]>([
  ['messages stay ready for as long as the patience', [{ ready: 1 }, { ready: 1 }, { ready: 2 }, { ready: 2 }], true],
  ['messages are ready for less', [{ ready: 1 }, { ready: 1 }, { ready: 2 }], false],
  [
    'one came through',
    [{ ready: 1 }, { ready: 1, received: 4 }, { ready: 2, received: 4 }, { ready: 2, received: 4 }],
    false,
  ],
  ['somebody else takes them', [{ ready: 9 }, { ready: 9 }, { ready: 8 }, { ready: 8 }], false],
  ['the queue was empty in between', [{ ready: 1 }, { ready: 1 }, {}, { ready: 1 }], false],
  ['a handler runs', [{ ready: 1 }, { ready: 1 }, { ready: 1 }, { ready: 1, running: 1 }], false],
  ['a handler ran until just now', [{ ready: 1, running: 1 }, { ready: 1 }, { ready: 1 }, { ready: 1 }], false],
  ['the queue is empty for a while', Array(12).fill({}), false],
  ['the queue is empty for as long as the patience', Array(13).fill({}), true],
])('suspect or not when %s', (_, beats, suspect) => {
  expect(suspicions(beats).at(-1)).toBe(suspect);
});
