import { expect, test } from '@jest/globals';
import { coloursFor } from './colours.mjs';
import { feedHead, feedLine } from './feed.mjs';

const plain = coloursFor({ isTTY: false });

function aDelivery(changes = {}) {
  return {
    at: '2026-03-01T12:00:00.000Z',
    conversation: 'c-1',
    channel: 'call',
    direction: 'inbound',
    event: 'received',
    integration: 'Customer data',
    status: 'succeeded',
    httpStatus: 200,
    durationMs: 41.6,
    attempt: 1,
    ...changes,
  };
}

const lineOf = (changes, width) => feedLine(aDelivery(changes), plain, width);

test('a success shows its status, its time, what was set and what was saved', () => {
  const line = lineOf({
    set: { priority: 7, queue: { id: 'sales' }, requiredAgents: ['a', 'b'] },
    save: { customer: { id: 17, tier: 'gold' } },
  });
  expect(line).toMatch(
    /c-1 .*call inbound +received +Customer data +200 42 ms +set priority 7, queue sales, requiredAgents \[a, b\]; saved customer \{id: 17, tier: gold\}$/,
  );
});

test('what did not succeed says so, and why', () => {
  expect(lineOf({ status: 'retrying', httpStatus: 503, reason: 'server error', attempt: 2 })).toMatch(
    /retrying 503 try 2 +server error$/,
  );
  expect(lineOf({ status: 'dead', httpStatus: undefined, reason: 'timeout' })).toMatch(/dead timeout$/);
});

test('columns stand below each other, whatever is in them', () => {
  const start = feedHead(plain).indexOf('set and saved');
  for (const conversation of ['c', 'a-conversation-id-that-is-far-too-long']) {
    expect(lineOf({ conversation, set: { priority: 1 } }).indexOf('set priority')).toBe(start);
  }
});

test('a line fits the terminal', () => {
  expect(lineOf({ save: { text: 'x'.repeat(500) } }, 150)).toHaveLength(150);
});

test('control characters in an answer do not reach the terminal', () => {
  expect(lineOf({ save: { name: '\u001b[31mred\u0007' } })).not.toMatch(/\p{Cc}/u);
});

test('there is no colour where there is no terminal, nor where NO_COLOR is set', () => {
  expect(coloursFor({ isTTY: true }, {}).red('x')).toBe('\u001b[31mx\u001b[0m');
  expect(coloursFor({ isTTY: true }, { NO_COLOR: '1' }).red('x')).toBe('x');
  expect(coloursFor({ isTTY: false }, {}).red('x')).toBe('x');
});
