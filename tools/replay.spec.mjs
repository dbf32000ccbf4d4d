import { expect, test } from '@jest/globals';
import { replayDay, replayLines } from './replay.mjs';

const sent = { total: 3, sent: 3, counts: { received: 2, ended: 1 } };

/** A service that answers each GET with the next of its answers, and then with the last for ever. */
function answering(...answers) {
  return { post: async () => undefined, get: async () => (answers.length > 1 ? answers.shift() : answers[0]) };
}

test('a replay ends when everything that was sent is recorded and nothing is retried any more', async () => {
  const states = [];
  const integration = 'Survey';
  await replayDay({
    sandbox: answering({ ...sent, status: 'running', sent: 1 }, { ...sent, status: 'done' }),
    deliveryLog: answering(
      { events: 2, items: [] },
      { events: 3, items: [{ integration, status: 'retrying', count: 1 }] },
      { events: 3, items: [{ integration, status: 'succeeded', count: 1 }] },
    ),
    onState: ({ status, recorded }) => states.push([status, recorded]),
    signal: new AbortController().signal,
  });
  expect(states).toEqual([
    ['running', undefined],
    ['done', undefined],
    ['done', 2],
    ['done', 3],
    ['settled', 3],
  ]);
}, 15_000);

test('the end is a table of what was sent and what became of it', () => {
  const deliveries = [{ integration: 'Survey', status: 'succeeded', count: 1 }];
  const text = replayLines({ ...sent, status: 'settled', recorded: 3, deliveries }).join('\n');
  expect(text).toMatch(/3 of 3 events sent, 3 recorded: every event sent is recorded/);
  expect(text).toMatch(/received +2\n +ended +1\n/);
  expect(text).toMatch(/Survey: succeeded +1\n/);
});

test('what is missing is said', () => {
  expect(replayLines({ ...sent, status: 'unsettled', recorded: 1, deliveries: [] })[0]).toMatch(
    /2 events sent are not recorded/,
  );
});
