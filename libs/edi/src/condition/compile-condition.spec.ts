import { compileCondition } from '.';
import { normaliseEvent } from '../event';

const { event, contact } = normaliseEvent(
  {
    id: 'e',
    event: { name: 'queued', datetime: '2026-01-02T03:04:05Z' },
    contact: {
      id: 'C1',
      channel_type: 'chat',
      direction: 'inbound',
      priority: 50,
      source: '+358',
      created: '2026-01-02T03:00:00Z',
      skills: [{ id: 's', value: 5 }],
      attached_data: { tier: 'gold', rank: '120', "it's": 1 },
    },
  },
  (seed) => seed,
);
const at = { now: Date.parse('2026-01-02T03:04:05Z'), random: 0.25 };
function holds(source: string) {
  const condition = compileCondition(source);
  return 'fault' in condition ? condition : condition.evaluate(event, contact, at);
}

describe('condition', () => {
  it.each<[string, boolean]>([
    ["contact.channel_type == 'chat' && contact.priority <= 50", true],
    ["contact.attached_data.tier == 'gold'", true],
    ['contact.attached_data.nothing.below == null', true],
    ["contact.attached_data['tier'] == 'gold'", true],
    ["contact.attached_data['nothing'] == 'gold'", false],
    ['contact.agent.id == null', true],
    ["contact.agent.id != 'x'", true],
    ["contact.agent.id in ['a', 'b']", false],
    ['int(contact.attached_data.rank) >= 100', true],
    ["timestamp(event.datetime) - timestamp(contact.created) > duration('4m')", true],
    ['(now - timestamp(contact.created)).getSeconds() == 245', true],
    ['random < 0.5', true],
    ['contact.skills.exists(s, s.value > 4)', true],
    ["contact.skills[0].id == 's' && contact.skills[7].id == null", true],
    ["contact.source.startsWith('+358')", true],
    ["contact.source.matches('^[+]358$')", true],
    ["contact.source.lowerAscii() == '+358'", true],
    ['has(contact.attached_data.tier) && !has(contact.attached_data.nope)', true],
    ["contact.source != ''", true],
  ])('%s is %s', (source, expected) => {
    expect(holds(source)).toEqual({ holds: expected });
  });

  it.each(['contact.', 'contcat.id == 1', 'contact.id ==='])('refuses %s when it is saved', (source) => {
    expect(holds(source)).toEqual({ fault: expect.any(String) });
  });

  it('says what is wrong when it gives no true or false', () => {
    expect(holds('contact.id')).toEqual({ error: expect.stringContaining('no true or false') });
    expect(holds('int(contact.source.substring(1)) / 0 == 1')).toEqual({ error: expect.any(String) });
  });
});
