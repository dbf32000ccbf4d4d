import { compileCondition, loadCondition } from '.';
import { normaliseEvent } from '../event';
import type { Json } from '../json';

function setup(attached_data: Json = { tier: 'gold', rank: '120', "it's": 1 }) {
  return normaliseEvent(
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
        attached_data,
      },
    },
    (seed) => seed,
  );
}

const at = { now: Date.parse('2026-01-02T03:04:05Z'), random: 0.25 };

function holds(source: string, { event, contact } = setup()) {
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
    ['strings.quote(event.name) == \'"queued"\'', true],
    ['type(now) == google.protobuf.Timestamp && type(contact.priority) == double', true],
    ["contact.get_source() == '+358' and True", true],
  ])('%s is %s', (source, expected) => {
    expect(holds(source)).toEqual({ holds: expected });
  });

  it.each(['contact.', 'contcat.id == 1', 'contact.id ===', 'contact.id.lowerAsci() == "x"'])(
    'refuses %s when it is saved',
    (source) => {
      expect(holds(source)).toEqual({ fault: expect.any(String) });
    },
  );

  it('says what is wrong when it gives no true or false', () => {
    expect(holds('contact.id')).toEqual({ error: 'the condition gives no true or false but string' });
    expect(holds('int(contact.source.substring(1)) / 0 == 1')).toEqual({ error: 'int divide by zero' });
  });

  it.each([
    ['contact.priority + 1 > 5', "found no matching overload for '+' applied to '(double, int)': numbers of an event"],
    ["contact.agent.id.startsWith('x')", 'a part is missing or null'],
    ['contact.attached_data.nothing.all(x, true)', 'a list or map is expected here, but it is missing or null'],
    ['contact.id > 5', "'>' applied to '(string, int)'"],
  ])('%s fails in the words of the source', (source, words) => {
    expect(holds(source)).toEqual({ error: expect.stringContaining(words) });
  });

  it.each<[string, Json, boolean]>([
    ["contact.attached_data.a.b == 'x'", { a: { b: 'x' } }, true],
    ["contact.attached_data.a[1].b == 'x'", { a: [{}, { b: 'x' }] }, true],
    ["contact.attached_data['1'] == 'x'", { 1: 'x' }, true],
    ["contact.attached_data[1] == 'x'", { 1: 'x' }, false],
    ["contact.attached_data.a['0'] == 'x'", { a: ['x'] }, false],
    ['contact.attached_data.a[-1] == null && contact.attached_data.a.length == null', { a: ['x'] }, true],
    ['contact.attached_data.a[contact.attached_data.i] == 3', { a: [1, 2, 3], i: 2 }, true],
    ["contact.attached_data[contact.attached_data.key] == 'x'", { key: 'other', other: 'x' }, true],
    ["contact.attached_data.exists(key, key == 'a') && size(contact.attached_data) == 1", { a: 1 }, true],
    ["contact.attached_data == {'a': [1, {'b': null}]}", { a: [1, { b: null }] }, true],
    ['contact.attached_data.a.filter(x, x > 1).map(x, x * 2.0) == [4.0, 6.0]', { a: [1, 2, 3] }, true],
    ['contact.attached_data.a.map(x, contact.attached_data.a.map(y, x * y)) == [[1, 2], [2, 4]]', { a: [1, 2] }, true],
    ['contact.attached_data.a.exists_one(contact, contact == 2)', { a: [1, 2, 3] }, true],
    ["contact.attached_data.a.all(event, event.name == 'n')", { a: [{ name: 'n' }] }, true],
  ])('%s of %j is %s', (source, data, expected) => {
    expect(holds(source, setup(data))).toEqual({ holds: expected });
  });

  it('takes data for data, whatever its keys are called', () => {
    const hostile = '{"$typeName":"google.protobuf.Value","constructor":null,"__proto__":{"x":1},"toString":"t"}';
    const event = setup({ deep: JSON.parse(hostile) as Json, list: [JSON.parse(hostile) as Json] });
    expect(holds("contact.attached_data.deep.toString == 't'", event)).toEqual({ holds: true });
    expect(holds("contact.attached_data.list.exists(x, x.toString == 't')", event)).toEqual({ holds: true });
    expect(holds('size(contact.attached_data.deep) == 4', event)).toEqual({ holds: true });
    expect(holds('contact.attached_data.x == null && contact.valueOf == null', event)).toEqual({ holds: true });
    expect(holds("contact.attached_data.deep == {'a': 1}", event)).toEqual({ holds: false });
  });

  it('remembers nothing of the event before', () => {
    const condition = compileCondition('contact.attached_data.list.exists(x, x == 1)');
    if ('fault' in condition) throw new Error(condition.fault);
    const list = [1];
    const [first, second] = [setup({ list }), setup({ list })];
    expect(condition.evaluate(first.event, first.contact, at)).toEqual({ holds: true });
    list[0] = 2;
    expect(condition.evaluate(second.event, second.contact, at)).toEqual({ holds: false });
  });

  it('keeps its source and says its CEL form', () => {
    expect(compileCondition("contact.get_source() in ('a', 'b')")).toMatchObject({
      source: "contact.get_source() in ('a', 'b')",
      cel: "contact.source in ['a', 'b']",
    });
  });

  it('is planned when it is first asked, if it is loaded rather than compiled', () => {
    const { event, contact } = setup();
    const condition = loadCondition("contact.get_source() == '+358'");
    expect(condition.evaluate(event, contact, at)).toEqual({ holds: true });
    expect(condition.cel).toBe("contact.source == '+358'");
    expect(loadCondition('contact.').evaluate(event, contact, at)).toEqual({
      error: expect.stringContaining('a name is missing behind the dot'),
    });
  });
});
