import { translatePython } from './python';

const celOf = (source: string) => {
  const translated = translatePython(source);
  return 'cel' in translated ? translated.cel : translated;
};

describe('Python subset', () => {
  it.each([
    ['contact.get_channel_type() == "chat"', "contact.channel_type == 'chat'"],
    ['contact.channel_type == "chat"', "contact.channel_type == 'chat'"],
    ["contact.get_source().lower() == 'a'", "contact.source.lowerAscii() == 'a'"],
    ["'ABC'.lower() == contact.source", "'ABC'.lowerAscii() == contact.source"],
    ['contact.source in (\'a\', "b",)', "contact.source in ['a', 'b']"],
    ["contact.source in ['a']", "contact.source in ['a']"],
    ['contact.source in ()', 'contact.source in []'],
    ["contact.source not in ('a', None, True, -1.50)", "!(contact.source in ['a', null, true, -1.5])"],
    [
      "contact.id == 'a' and contact.guid == 'b' or not event.name == 'c'",
      "contact.id == 'a' && contact.guid == 'b' || !(event.name == 'c')",
    ],
    ["contact.id == 'a' and (contact.guid == 'b' or True)", "contact.id == 'a' && (contact.guid == 'b' || true)"],
    ['contact.get_queue() != None', 'contact.queue != null'],
    ["contact.get_attached_data()['a key'][0].tier == 1", "contact.attached_data['a key'][0].tier == 1"],
    ['contact.priority <= 1_000 # the important ones', 'contact.priority <= 1000'],
    ['contact.priority <\n  5 and \\\n  True', 'contact.priority < 5 && true'],
    ['contact.priority > 1. and contact.priority < .5e1', 'contact.priority > 1.0 && contact.priority < 5.0'],
    ['contact.get_seconds_since_created() > 60', '(now - timestamp(contact.created)).getSeconds() > 60'],
    ['random.random() < 0.1', 'random < 0.1'],
    ['random.randrange(0, 100) < 10', '(0 + int(random * double(100 - 0))) < 10'],
    ['random.randrange(-5, 5) < 0', '(-5 + int(random * double(5 - (-5)))) < 0'],
    ['contact.get_queue()', "!(contact.queue in [null, false, 0, '', [], {}])"],
    ['not contact.get_queue()', "contact.queue in [null, false, 0, '', [], {}]"],
    ["contact.source and contact.id == 'a'", "!(contact.source in [null, false, 0, '', [], {}]) && contact.id == 'a'"],
    [
      "not (contact.id == 'a' or contact.source)",
      "!(contact.id == 'a' || !(contact.source in [null, false, 0, '', [], {}]))",
    ],
    ["(contact.id == 'a') == True", "(contact.id == 'a') == true"],
    ["'it\\'s' == \"a\\x41\\u00e9\\n\\q\"", "\"it's\" == 'aA\u00e9\\n\\\\q'"],
    ["r'\\d' == '''a\nb'''", "'\\\\d' == 'a\\nb'"],
  ])('%s is %s', (python, cel) => {
    expect(celOf(python)).toBe(cel);
  });

  it.each([
    ['[x for x in contact.skills]', 'a list comprehension', 0],
    ['any(x for x in contact.skills)', 'the function any()', 0],
    ['len(contact.skills) > 1', 'the function len()', 0],
    ['contact.source.startswith("a")', 'the method startswith(); in CEL it is startsWith()', 15],
    ['contact.source.constructor()', 'the method constructor()', 15],
    ['contact.get_attached_data().get("a")', 'the method get()', 28],
    ['contact.get_queue().get_id()', 'the method get_id()', 20],
    ['contact.get_source(1)', 'arguments for get_source()', 19],
    ['lambda: True', 'lambda', 0],
    ["f'{contact}' == 'x'", 'an f-string', 0],
    ["b'x' == contact.id", 'a bytes text', 0],
    ['contact.id is None', '"is"; write == or, for None, == None', 11],
    ['contact.id is not None', '"is not"; write != or, for None, != None', 11],
    ["'a' if True else 'b'", 'if ... else; in CEL it is a ? b : c', 4],
    ['1 < contact.priority < 5', 'a chained comparison (a < b < c)', 21],
    ['contact.priority + 1 > 5', 'arithmetic (+)', 17],
    ['contact.priority // 2 > 5', 'arithmetic (//)', 17],
    ['-contact.priority < 5', 'arithmetic (-)', 0],
    ['contact.id[1:2] == "a"', 'a slice', 12],
    ['contact.id[:2] == "a"', 'a slice', 11],
    ['contact.skills[contact.id] == 1', 'an index other than a text or a whole number', 15],
    ["contact.id in ('a')", "a list of one without a comma; write in ('a',) or in ['a']", 14],
    ["'a' in contact.id", '"in" with anything but a list (...) behind it; for texts CEL has contains()', 7],
    ["(contact.id or contact.guid) == 'a'", '"and" or "or" between values, used as a value', 0],
    ["contact.id == 'a' 'b'", 'two texts side by side', 18],
    ['{1: 2} == contact.id', 'a dict or set', 0],
    ['contact.id := 1', 'an assignment (:=)', 11],
    ['contact.id == 1 && True', '&&, which is CEL; Python says "and"', 16],
    ['customer == 1', 'the name customer', 0],
    ['import os', 'the name import', 0],
    ['random.choice([1])', 'the function random.choice()', 0],
    ['random.randrange(10) < 1', 'random.randrange() with other than two whole numbers', 0],
    ['random.randrange(5, 5) < 1', 'random.randrange(5, 5): no number lies between', 0],
    ['contact.priority == 0x1F', 'the number 0x1F', 20],
    ['contact.priority == 99999999999999999999', 'the number 99999999999999999999, which is too large', 20],
    ["contact.id == 'a", 'a text that is never closed', 14],
    ['contact.in == 1', "the name in behind a dot; write ['in']", 8],
    ['contact.id ==', 'an expression that ends here', 13],
    ['random.', 'an expression that ends here', 7],
    ['contact.id == $x', '"$"', 14],
    ['constructor', 'the name constructor', 0],
    [`${'not '.repeat(100)}True`, 'brackets or "not" nested more than 64 deep', 260],
  ])('has no %s: it names %s', (source, message, offset) => {
    expect(translatePython(source)).toEqual({ message, offset });
  });
});
