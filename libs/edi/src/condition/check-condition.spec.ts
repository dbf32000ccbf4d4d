import fc from 'fast-check';
import { checkCondition } from '.';

const codes = (source: string) => {
  const { condition, faults, warnings } = checkCondition(source);
  expect(condition === undefined).toBe(faults.length > 0);
  return { faults: faults.map(({ code }) => code), warnings: warnings.map(({ code }) => code) };
};
const faultsOf = (source: string) => checkCondition(source).faults.map(({ message }) => message);
const warningsOf = (source: string) => checkCondition(source).warnings.map(({ message }) => message);

describe('checking a condition', () => {
  it.each([
    "contact.channel_type == 'chat' && contact.priority != null && contact.priority <= 50",
    "contact.attached_data.tier == 'gold'",
    "has(contact.queue.id) && contact.queue.id == 'x'",
    "now.getHours('Europe/Helsinki') >= 8",
    'random < 0.5',
    "contact.source.matches('^[+]358')",
  ])('finds nothing wrong with %s', (source) => {
    expect(codes(source)).toEqual({ faults: [], warnings: [] });
  });

  it.each([
    ['contat.id == 1', 'unknown name "contat"; did you mean "contact"? (column 7)\ncontat.id == 1\n      ^'],
    ['contact.id.lowerAscci() == ""', 'unknown function "lowerAscci"; did you mean "lowerAscii"?'],
    ['frobnicate(contact.id)', 'unknown function "frobnicate"; known are'],
    ['event.nme == "queued"', 'event has no "nme"; did you mean "name"? (column 6)'],
    ['event["id"] == "x"', 'event has no "id"; known are name, datetime'],
    ['event.name.first == "q"', 'event.name is a text and has no parts'],
    ['contact.source.matches("(")', 'matches() has no valid pattern: error parsing regexp: missing closing )'],
    ['contact.skills.all(1, true)', 'all() takes a name and an expression'],
    ['has(contact)', 'has() takes a path with a part'],
    ['Foo{a: 1} == null', 'a condition makes no messages such as Foo{...}'],
    ['contact.get_source() == "x" && true', 'contact.get_source() is Python; in CEL it is contact.source'],
    ['constructor == 1', 'unknown name "constructor"'],
    ['toString()', 'unknown function "toString"'],
  ])('refuses %s: %s', (source, message) => {
    expect(faultsOf(source)).toEqual([expect.stringContaining(message)]);
  });

  it('tells all faults at once, each with its place', () => {
    const source = "foo == 1 &&\n  event.nme == 'x' && bar(contact.id)";
    expect(faultsOf(source)).toEqual([
      expect.stringContaining('unknown name "foo"; known are contact, event, now, random (column 1)'),
      expect.stringContaining('(line 2, column 8)\n  event.nme =='),
      expect.stringContaining('unknown function "bar"'),
    ]);
  });

  it.each([
    ["contact.id === 'x'", 'equal is == (column 12)'],
    ["contact.id = 'x'", 'equal is == (column 12)'],
    ["(contact.id == 'x'", 'this ( is never closed (column 1)'],
    ["contact.id == 'x')", 'this ) closes nothing (column 18)'],
    ["contact.id == 'x", 'this text is never closed (column 15)'],
    ['contact.id ==', 'something is missing at the end (column 12)'],
    ['contact.', 'a name is missing behind the dot (column 8)'],
    ['  ', 'the condition is empty'],
    ["contact.id 'x'", 'this is neither CEL (found '],
  ])('says where %s stops being a condition', (source, message) => {
    expect(faultsOf(source)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ["contact.chanel_type == 'chat'", 'contact has no documented property "chanel_type"; did you mean "channel_type"?'],
    ["contact['tier'] == 'chat'", 'contact has no documented property "tier"; known are id, guid'],
    ['contact.get_prio() == 1', 'contact has no documented property "prio"'],
  ])('doubts %s', (source, message) => {
    expect(warningsOf(source)).toContainEqual(expect.stringContaining(message));
  });

  it('does not take a name of a macro for the contact', () => {
    expect(
      codes('contact.required_agents != null && contact.skills.all(contact, contact.nme != 1)').warnings,
    ).not.toContain('condition-unknown-path');
  });

  it.each([
    ["timestamp(contact.created) < now - duration('10m')", 'for an event with nothing but what it must have'],
    ["contact.agent.id.startsWith('x')", 'for an event with nothing but what it must have'],
    ['int(contact.attached_data.rank) >= 100', 'for an inbound phone conversation with all its properties'],
    ['contact.attached_data.flag', 'the condition gives no true or false but null'],
    ['contact.attached_data.items.exists(x, x.price > 10)', 'it is missing or null'],
    ['contact.skills.exists(s, s.level > 4)', 'a part is missing or null'],
    ['int(contact.attached_data.rank) >= 100 && contact.attached_data.flag', 'a part is missing or null'],
  ])('doubts %s, which fails where data is missing', (source, message) => {
    expect(codes(source)).toEqual({ faults: [], warnings: ['condition-doubtful'] });
    expect(warningsOf(source)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['contact.priority + 1 > 5', 'numbers of an event are doubles'],
    ['contact.id', 'gives no true or false but string'],
    ['1 + 2', 'gives no true or false but int'],
    ['!contact.id', "'!' applied to '(string)'"],
    ['contact.source.size() + contact.attached_data.n > "x"', 'this fails for every event'],
  ])('refuses %s, which fails whatever the data is like', (source, message) => {
    expect(codes(source)).toEqual({ faults: ['condition-type'], warnings: [] });
    expect(faultsOf(source)).toEqual([expect.stringContaining(message)]);
  });

  it('accepts Python, shows its CEL form, and doubts that as well', () => {
    const { condition, warnings } = checkCondition('contact.get_seconds_since_created() > 60 # late');
    expect(condition?.source).toBe('contact.get_seconds_since_created() > 60 # late');
    expect(warnings).toEqual([
      {
        code: 'condition-translated',
        message: 'this is Python and runs as the CEL (now - timestamp(contact.created)).getSeconds() > 60',
      },
      { code: 'condition-doubtful', message: expect.any(String) },
    ]);
  });

  it('is CEL when it can be, Python only then', () => {
    expect(codes("contact.source in ['a', 'b'] // and so on")).toEqual({ faults: [], warnings: [] });
    expect(codes("contact.source in ['a', 'b'] # and so on").warnings).toEqual(['condition-translated']);
  });

  it('names the fault in the language it looks like', () => {
    expect(codes('len(contact.get_skills()) > 1').faults).toEqual(['condition-python']);
    expect(codes('size(contact.skills) > 1 &&').faults).toEqual(['condition-syntax']);
    expect(faultsOf('contact.id 5')).toEqual([expect.stringMatching(/neither CEL \(.*\) nor Python/)]);
  });

  it.each([
    ['a source of more than 4,096 characters', `contact.id == '${'x'.repeat(4_096)}'`],
    ['brackets nested too deep', `${'('.repeat(40)}true${')'.repeat(40)}`],
    ['operators nested too deep', `1${'+ 1'.repeat(40)} == 2`],
    ['macros nested too deep', `${'[1].all(x, '.repeat(4)}true${')'.repeat(4)}`],
  ])('refuses %s', (_, source) => {
    expect(codes(source).faults).toContain('condition-limit');
  });

  it('gives an answer to every text and throws nothing', () => {
    const bits =
      "contact event now .id .get_id() ( ) [ ] { } 'a' \" 1 1.5 == != < and or not in && || ! ? : , . # // \\ + - None null is for .all(x, .lower() random.random() @ ` = \n é 😀 \ud800";
    const soup = fc.array(fc.constantFrom(...bits.split(' ')), { maxLength: 12 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 40 })), (source) => {
        const { condition, faults } = checkCondition(source);
        expect(condition === undefined).toBe(faults.length > 0);
      }),
      { numRuns: 500 },
    );
  });
});
