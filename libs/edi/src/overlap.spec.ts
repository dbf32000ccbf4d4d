import { overlapWarnings, type FiringRecord } from './overlap';

const record = (id: string, change: Partial<FiringRecord> = {}): FiringRecord => ({
  id,
  name: id,
  channel: 'multi',
  direction: 'both',
  events: ['queued'],
  queues: ['*'],
  direct: { calls: false, chats: false },
  ...change,
});
const others = (...changes: Partial<FiringRecord>[]) => changes.map((change, at) => record(`o${at}`, change));
const codes = (...args: Parameters<typeof overlapWarnings>) =>
  overlapWarnings(...args).map(({ path, code }) => `${path} ${code}`);

describe('overlapWarnings', () => {
  it('warns when it would be the fourth for some event, and names the others', () => {
    const [warning, ...more] = overlapWarnings(record('a', { events: ['ended', 'queued'] }), others({}, {}, {}));
    expect(warning).toMatchObject({
      path: 'events[1]',
      code: 'overlap',
      message: expect.stringContaining('o0, o1, o2'),
    });
    expect(more).toEqual([]);
  });
  it.each<[string, Partial<FiringRecord>, Partial<FiringRecord>[]]>([
    ['two others', {}, [{}, {}]],
    ['other events', {}, [{}, {}, { events: ['ended'] }]],
    ['other channels', { channel: 'chat' }, [{}, {}, { channel: 'phone' }]],
    ['other directions', { direction: 'inbound' }, [{}, {}, { direction: 'outbound' }]],
    ['other queues', { queues: ['a'] }, [{}, {}, { queues: ['b'] }]],
    ['queues that do not meet', {}, [{}, { queues: ['a'] }, { queues: ['b'] }]],
    ['direct beside queues', { queues: [], direct: { calls: true, chats: false } }, [{}, {}, {}]],
    ['itself', {}, [{}, {}, { id: 'a' }]],
  ])('does not warn of %s', (_, change, list) => expect(codes(record('a', change), others(...list))).toEqual([]));

  it.each<[string, Partial<FiringRecord>, Partial<FiringRecord>[]]>([
    ['one queue', { queues: ['a'] }, [{}, { queues: ['a'] }, { queues: ['b', 'a'] }]],
    ['every queue against listed ones', {}, [{ queues: ['a'] }, { queues: ['a'] }, { queues: ['a'] }]],
    [
      'direct calls',
      { queues: [], direct: { calls: true, chats: false } },
      Array(3).fill({ queues: [], direct: { calls: true, chats: true } }),
    ],
  ])('warns on %s', (_, change, list) =>
    expect(codes(record('a', change), others(...list))).toEqual(['events[0] overlap']),
  );
});
