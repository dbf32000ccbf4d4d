import { lifecycleEvents, phaseOf, type EventName, type Phase } from '@patchbay/edi';
import type { Conversation, Random } from './conversation';
import * as registry from './stories';
import { writeConversation } from './write-conversation';

/** Which phases may follow a phase; 'start' and nothing else may begin. */
const next: Record<Phase | 'start', Phase[]> = {
  start: ['arriving', 'connected', 'over'],
  arriving: ['queued', 'offered', 'over'],
  queued: ['offered', 'moving', 'over'],
  offered: ['connected', 'queued'],
  connected: ['moving', 'over'],
  moving: ['queued', 'offered', 'over'],
  over: ['over'],
};

/** Repeatable: a linear congruential generator. */
function seeded(seed: number): Random {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

const names = (conversation: Conversation) => conversation.map(({ event }) => event.name);

const phases = (conversation: Conversation) =>
  conversation.map(({ event }) => phaseOf(event.name, event.contact.direction));

const written = Array.from({ length: 500 }, (_, index) => writeConversation(seeded(index * 7_919 + 1), `c-${index}`));

describe('every played conversation', () => {
  it('goes through phases in an order that can happen, to its end', () => {
    for (const conversation of written) {
      const path = phases(conversation);
      const impossible = path.find((phase, index) => !next[path[index - 1] ?? 'start'].includes(phase));
      expect([names(conversation), impossible, path.at(-1)]).toEqual([names(conversation), undefined, 'over']);
    }
  });

  it('has only events that are likely for its channel and direction', () => {
    for (const { event } of written.flat()) {
      const { channel_type, direction } = event.contact;
      expect(lifecycleEvents[event.name].likely).toContain(`${channel_type} ${direction}`);
    }
  });

  it('names the queue from its arrival and the agent from its allocation', () => {
    for (const conversation of written) {
      for (const { event } of conversation.filter((step) => phases([step])[0] === 'offered')) {
        expect(event.contact['agent']).toMatchObject({ id: expect.any(String) });
      }
    }
  });

  it('has ids of its own', () => {
    const ids = written.flat().map(({ event }) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('together they show every event, channel and direction', () => {
  const seen = new Set(
    written.flat().flatMap(({ event }) => [event.name, event.contact.channel_type, event.contact.direction]),
  );
  const all: string[] = [...(Object.keys(lifecycleEvents) as EventName[]), 'phone', 'chat', 'email'];
  expect([...seen].sort()).toEqual([...all, 'inbound', 'outbound'].sort());
});

it('every story happens', () => {
  const kinds = Object.values(registry).filter((entry) => 'write' in entry).length;
  const lives = new Set(written.map((conversation) => names(conversation).join()));
  expect(kinds).toBe(14);
  expect(lives.size).toBeGreaterThan(8);
});
