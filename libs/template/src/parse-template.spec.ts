import { maxPlaceholders, parseTemplate } from './parse-template';
import { renderText } from './render';

const roots = ['contact', 'event'];
const refused = { response: 'there is no answer yet' };
const parse = (text: string) => parseTemplate(text, { roots, refused });
const paths = (text: string) =>
  parse(text)
    .template.pieces.filter((piece) => typeof piece === 'object')
    .map(({ root, path }) => [root, ...path]);

describe('parseTemplate', () => {
  it.each<[string, string[][]]>([
    ['{contact.id}', [['contact', 'id']]],
    ['{event}', [['event']]],
    ['{eventual}', []],
    ['{contact.skills[0].name}', [['contact', 'skills', '0', 'name']]],
    ['{contact.skills.0.name}', [['contact', 'skills', '0', 'name']]],
    ["{contact.attached_data['it''s']}", [['contact', 'attached_data', "it's"]]],
    [
      'a {contact.id} b {event.name}',
      [
        ['contact', 'id'],
        ['event', 'name'],
      ],
    ],
    ['query { contact { id } }', []],
    ['query {contact {id}}', []],
    ['{"a": {"b": 1}}', []],
    ['{contact.attached_data.größe}', [['contact', 'attached_data', 'größe']]],
    ['{{contact.id}}', [['contact', 'id']]],
    ['{ contact.id }', []],
    ['{}', []],
    ['', []],
  ])('reads %s as %j', (text, expected) => {
    expect(paths(text)).toEqual(expected);
    expect(parse(text).faults).toEqual([]);
  });

  it.each<[string, string, number]>([
    ['{contact.', 'unknown-syntax', 1],
    ['x {contact[}', 'unknown-syntax', 3],
    ['{contact.a b}', 'unknown-syntax', 1],
    ['{contact.id|upper}', 'reserved', 1],
    ['{= 1 + 1}', 'reserved', 1],
    ['{response.body}', 'root-not-allowed', 1],
    ['{contact.__proto__}', 'forbidden-part', 1],
    ["{contact['constructor']}", 'forbidden-part', 1],
  ])('H2.20, H2.24: refuses %s as %s at column %i', (text, code, column) => {
    expect(parse(text).faults).toEqual([expect.objectContaining({ code, column })]);
  });

  it('shows a fault with a caret under its place', () => {
    expect(parse('ab {contact.').faults[0]?.caret).toBe('ab {contact.\n   ^');
  });

  it.each([
    ['{{contact.id}}', 'double-braces'],
    ['{ contact.id }', 'spaces-in-braces'],
    ['{contact.id }', 'spaces-in-braces'],
  ])('doubts %s as %s', (text, code) => {
    expect(parse(text).warnings.map((warning) => warning.code)).toContain(code);
  });

  it('H2.26: refuses more placeholders than the limit', () => {
    expect(parse('{event}'.repeat(maxPlaceholders)).faults).toEqual([]);
    expect(parse('{event}'.repeat(maxPlaceholders + 1)).faults[0]?.code).toBe('too-many-placeholders');
  });
});

describe('renderText', () => {
  const scope = { contact: { id: 'C1', n: 5, yes: true, list: [1, 'a'], none: null }, event: { name: 'queued' } };
  it.each([
    ['{contact.id}-{event.name}', 'C1-queued'],
    ['{contact.n} {contact.yes}', '5 true'],
    ['{contact.list}', '[1,"a"]'],
    ['{contact.list.1}{contact.list.length}', 'a'],
    ['<{contact.none}{contact.nothing.here}>', '<>'],
    ['{contact.id.length}{contact.toString}', ''],
    ['{a} {"b":1}', '{a} {"b":1}'],
  ])('renders %s as %s', (text, expected) => {
    expect(renderText(parse(text).template, scope)).toBe(expected);
  });
});
