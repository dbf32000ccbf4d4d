import type { CompiledIntegration } from './compile';
import { normaliseEvent } from './event';
import { buildMatchIndex } from './match';

const integration = (id: string, change: object = {}, missing: string[] = []) =>
  ({
    record: {
      id,
      ordinal: 1,
      createdAt: id,
      channel: 'multi',
      direction: 'both',
      events: ['queued'],
      queues: ['*'],
      direct: { calls: false, chats: false },
      suspended: null,
      ...change,
    },
    missingAuthentications: missing,
  }) as unknown as CompiledIntegration;

function fires(integrations: CompiledIntegration[], contact: object = {}, name = 'queued'): string[] {
  const event = normaliseEvent(
    {
      id: 'e',
      event: { name, datetime: '' },
      contact: { id: 'C', channel_type: 'phone', direction: 'inbound', queue: { id: 'q1' }, ...contact },
    },
    String,
  );
  return buildMatchIndex(integrations)
    .match(event)
    .map(({ record }) => record.id);
}

describe('matching', () => {
  it.each<[string, object, object, boolean]>([
    ['the event is in events', {}, {}, true],
    ['no events: disabled', { events: [] }, {}, false],
    ['another direction', { direction: 'outbound' }, {}, false],
    ['another channel', { channel: 'chat' }, {}, false],
    ['its own channel', { channel: 'phone' }, {}, true],
    ['the queue is listed', { queues: ['q0', 'q1'] }, {}, true],
    ['the queue is not listed', { queues: ['q0'] }, {}, false],
    [
      'hex queue ids ignore case and hyphens',
      { queues: ['AB6E2034-2A6E-E11B-3ED5-8961D1810CC0'] },
      { queue: { id: 'ab6e20342a6ee11b3ed58961d1810cc0' } },
      true,
    ],
    ['other queue ids do not', { queues: ['Q1'] }, {}, false],
    ['a queue not known yet: only every queue', { queues: ['q1'] }, { queue: {} }, false],
    ['a queue not known yet: every queue', {}, { queue: {} }, true],
    ['direct calls', { queues: [], direct: { calls: true, chats: false } }, { queue: null }, true],
    ['direct calls are not queue calls', { queues: [], direct: { calls: true, chats: false } }, {}, false],
    ['every queue is no direct call', {}, { queue: null }, false],
    [
      'direct calls are not direct chats',
      { direct: { calls: true, chats: false } },
      { queue: null, channel_type: 'chat' },
      false,
    ],
    [
      'email has no direct switch',
      { direct: { calls: true, chats: true } },
      { queue: null, channel_type: 'email' },
      false,
    ],
    ['suspended', { suspended: { since: '', reason: '' } }, {}, false],
  ])('%s', (_, change, contact, expected) => {
    expect(fires([integration('a', change)], contact)).toEqual(expected ? ['a'] : []);
  });

  it('leaves out what has no secret yet', () => expect(fires([integration('a', {}, ['basic:x'])])).toEqual([]));

  it('walks by ordinal, then age, then id, over listed and every queue', () => {
    const list = [
      integration('c', { ordinal: 2 }),
      integration('b'),
      integration('a', { queues: ['q1'], createdAt: 'b' }),
      integration('z', { ordinal: 1, createdAt: '0' }),
    ];
    expect(fires(list)).toEqual(['z', 'a', 'b', 'c']);
  });
});
