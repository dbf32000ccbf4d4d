import type { ResultMessage } from '@patchbay/contracts';
import type { JsonObject } from '@patchbay/edi';
import { AgentDesk } from './agent-desk';

const aResult = (id: string, save: JsonObject): ResultMessage => ({
  id,
  event: { id: 'e', name: 'received', datetime: '2026-11-22T08:59:59Z' },
  contact: { id: 'leg', guid: 'conversation', channel_type: 'phone', direction: 'inbound' },
  integration: { id: 'i', name: 'Show', ordinal: 1, version: 1 },
  expires: '2026-11-22T09:01:00Z',
  save,
});

it('the desktop shows what was saved, later keys over earlier ones, each result once', () => {
  const desk = new AgentDesk();
  desk.take(aResult('a', { tier: 'gold', name: 'Aino' }));
  desk.take(aResult('b', { tier: 'silver' }));
  desk.take(aResult('a', { tier: 'gold' }));
  expect(desk.tell()).toEqual({
    counts: { shown: 2, repeated: 1 },
    conversations: [{ conversation: 'conversation', contact: 'leg', data: { tier: 'silver', name: 'Aino' } }],
  });
});
