import { OutsideSubset, tokenize, type Token } from './python-tokens';
import { constructOf, isArithmetic, outside, Words } from './python-words';

// The subset of Python in which conditions of the original product are written (language.md section 5): comparisons,
// and, or, not, in (...), literals, paths from contact and event, contact.get_x(), .lower(), random, comments.

/** What an operand gives. Only `truth` is true or false for certain; Python asks any other value whether it is empty. */
type Kind = 'truth' | 'text' | 'number' | 'value';

/** A translated part: its CEL, how tightly its outermost operator binds there, and what it gives. */
interface Part {
  cel: string;
  binds: number;
  kind: Kind;
  offset: number;
}

const binds = { or: 1, and: 2, compare: 3, not: 4, tight: 5 };

/** The CEL form of a condition in the Python subset; else what lies outside the subset, by its name, and where. */
export function translatePython(source: string): { cel: string } | { message: string; offset: number } {
  try {
    const words = new Words(tokenize(source));
    const whole = readOr(words);
    const { text, offset } = words.now;
    if (words.now.kind !== 'end') throw outside(constructOf(text) ?? `${JSON.stringify(text)} at this place`, offset);
    return { cel: truthOf(whole).cel };
  } catch (error) {
    if (!(error instanceof OutsideSubset)) throw error;
    return { message: error.message, offset: error.offset };
  }
}

function readOr(words: Words): Part {
  return readChain(words, 'or', '||', binds.or, () => readChain(words, 'and', '&&', binds.and, () => readNot(words)));
}

function readChain(words: Words, word: string, sign: string, tightness: number, readItem: () => Part): Part {
  const parts = [readItem()];
  while (words.takes(word)) parts.push(readItem());
  if (parts.length === 1) return parts[0]!;
  const cel = parts.map((part) => within(truthOf(part), tightness)).join(` ${sign} `);
  // Python's `and` and `or` give one of their operands: the same as true or false only when all of those are.
  const kind = parts.every((part) => part.kind === 'truth') ? 'truth' : 'value';
  return { cel, binds: tightness, kind, offset: parts[0]!.offset };
}

function readNot(words: Words): Part {
  const { offset } = words.now;
  if (!words.takes('not')) return readComparison(words);
  const value = words.deeper(() => readNot(words));
  if (asksEmptiness(value)) return { cel: isEmpty(value), binds: binds.compare, kind: 'truth', offset };
  const part = truthOf(value);
  return { cel: `!${within(part, binds.tight)}`, binds: binds.not, kind: 'truth', offset };
}

const comparisons = ['==', '!=', '<', '<=', '>', '>='];

function readComparison(words: Words): Part {
  const left = readOperand(words);
  if (!words.sees(...comparisons, 'in', 'not', 'is')) return left;
  const { text, offset } = words.take();
  if (text === 'is') throw outside(constructOf(words.sees('not') ? 'is not' : 'is')!, offset);
  const isMembership = text === 'in' || text === 'not';
  const part = isMembership ? readMembership(words, left, text, offset) : readOrder(words, left, text, offset);
  if (words.sees(...comparisons, 'in', 'not', 'is')) {
    throw outside('a chained comparison (a < b < c)', words.now.offset);
  }
  return part;
}

function readOrder(words: Words, left: Part, text: string, offset: number): Part {
  const right = readOperand(words);
  const cel = `${within(valueOf(left), binds.tight)} ${text} ${within(valueOf(right), binds.tight)}`;
  return { cel, binds: binds.compare, kind: 'truth', offset };
}

function readMembership(words: Words, left: Part, text: string, offset: number): Part {
  if (text === 'not' && !words.takes('in')) throw outside('"not" at this place', offset);
  const list = `${within(valueOf(left), binds.tight)} in ${readList(words)}`;
  if (text === 'in') return { cel: list, binds: binds.compare, kind: 'truth', offset };
  return { cel: `!(${list})`, binds: binds.not, kind: 'truth', offset };
}

/** `('a', 'b')` or `['a', 'b']` behind `in`. */
function readList(words: Words): string {
  const { text, offset } = words.now;
  if (!words.sees('(', '[')) {
    throw outside('"in" with anything but a list (...) behind it; for texts CEL has contains()', offset);
  }
  words.take();
  const close = text === '(' ? ')' : ']';
  const items: string[] = [];
  let commas = 0;
  while (!words.sees(close)) {
    items.push(within(valueOf(words.deeper(() => readOr(words))), binds.or));
    if (!words.takes(',')) break;
    commas++;
  }
  words.expect(close, 'a list');
  if (close === ')' && items.length === 1 && commas === 0) {
    throw outside(`a list of one without a comma; write in (${items[0]},) or in [${items[0]}]`, offset);
  }
  return `[${items.join(', ')}]`;
}

function readOperand(words: Words): Part {
  if (words.sees('-') && words.next.kind === 'number') {
    words.take();
    return negative(words.take());
  }
  let part = readAtom(words);
  while (words.sees('.', '[', '(')) part = readTrailer(words, part);
  const { text, offset, kind } = words.now;
  if (isArithmetic(words.now)) throw outside(constructOf(text)!, offset);
  if (kind === 'text') throw outside('two texts side by side', offset);
  return part;
}

function negative(token: Token): Part {
  return {
    cel: `-${(token as Token & { kind: 'number' }).value}`,
    binds: binds.tight,
    kind: 'number',
    offset: token.offset,
  };
}

const literals = new Map<string, [string, Kind]>([
  ['True', ['true', 'truth']],
  ['False', ['false', 'truth']],
  ['None', ['null', 'value']],
]);

function readAtom(words: Words): Part {
  const token = words.take();
  const { offset, text } = token;
  const tight = (cel: string, kind: Kind): Part => ({ cel, binds: binds.tight, kind, offset });
  if (token.kind === 'number') return tight(token.value, 'number');
  if (token.kind === 'text') return tight(celText(token.value), 'text');
  if (token.kind === 'operator' && text === '(') return readGroup(words, offset);
  if (token.kind === 'operator' && text === '[') throw outside(listOrComprehension(words), offset);
  if (token.kind === 'operator' && text === '{') throw outside('a dict or set', offset);
  const literal = literals.get(text);
  if (literal) return tight(...literal);
  if (text === 'contact' || text === 'event') return tight(text, 'value');
  if (text === 'random' && words.sees('.')) return readRandom(words, offset);
  const construct = constructOf(text);
  if (token.kind === 'name' && words.sees('(') && !construct) throw outside(`the function ${text}()`, offset);
  throw outside(construct ?? (token.kind === 'name' ? `the name ${text}` : JSON.stringify(text)), offset);
}

function readGroup(words: Words, offset: number): Part {
  const part = words.deeper(() => readOr(words));
  words.expect(')', 'a bracket');
  return { ...part, offset };
}

function listOrComprehension(words: Words): string {
  while (words.now.kind !== 'end' && !words.sees(']', 'for')) words.take();
  return words.sees('for') ? 'a list comprehension' : 'a list at this place';
}

function readTrailer(words: Words, part: Part): Part {
  const { text, offset } = words.take();
  if (text === '(') throw outside('a call of this', offset);
  if (text === '[') return { ...part, cel: `${pathOf(part, offset)}[${readKey(words)}]`, kind: 'value' };
  const member = words.take();
  if (member.kind !== 'name') throw outside('a dot without a name behind it', member.offset);
  if (words.takes('(')) return readMethod(words, part, member);
  return { ...part, cel: `${pathOf(part, offset)}.${memberName(member)}`, kind: 'value' };
}

function pathOf(part: Part, offset: number): string {
  const isPath = part.kind === 'value' && part.binds === binds.tight && /^(contact|event)\b/.test(part.cel);
  if (!isPath) throw outside('a part of anything but contact and event', offset);
  return part.cel;
}

function readMethod(words: Words, part: Part, member: Token): Part {
  const getter = part.cel === 'contact' ? /^get_(\w+)$/.exec(member.text)?.[1] : undefined;
  if (getter === undefined && member.text !== 'lower') throw outside(methodNamed(member.text), member.offset);
  if (!words.takes(')')) throw outside(`arguments for ${member.text}()`, words.now.offset);
  if (getter === undefined) return { ...part, cel: `${within(part, binds.tight)}.lowerAscii()`, kind: 'text' };
  if (getter !== 'seconds_since_created') {
    return { ...part, cel: `contact.${memberName({ ...member, text: getter })}`, kind: 'value' };
  }
  return { ...part, cel: '(now - timestamp(contact.created)).getSeconds()', kind: 'number' };
}

const celMethods = new Map([
  ['startswith', 'startsWith'],
  ['endswith', 'endsWith'],
  ['upper', 'upperAscii'],
  ['strip', 'trim'],
  ['find', 'indexOf'],
]);

function methodNamed(name: string): string {
  const inCel = celMethods.get(name);
  return inCel === undefined ? `the method ${name}()` : `the method ${name}(); in CEL it is ${inCel}()`;
}

const celReserved =
  /^(as|break|const|continue|else|false|for|function|if|import|in|let|loop|namespace|null|package|return|true|var|void|while)$/;

function memberName({ text, offset }: Token): string {
  if (!/^\w+$/.test(text) || celReserved.test(text)) {
    throw outside(`the name ${text} behind a dot; write ['${text}']`, offset);
  }
  return text;
}

function readKey(words: Words): string {
  const token = words.take();
  const isInteger = token.kind === 'number' && /^\d+$/.test(token.value);
  if (token.kind !== 'text' && !isInteger) {
    throw outside(token.text === ':' ? 'a slice' : 'an index other than a text or a whole number', token.offset);
  }
  if (words.sees(':')) throw outside('a slice', words.now.offset);
  words.expect(']', 'an index');
  return token.kind === 'text' ? celText(token.value) : (token as Token & { kind: 'number' }).value;
}

const otherRanges = 'random.randrange() with other than two whole numbers';

function readRandom(words: Words, offset: number): Part {
  words.take();
  const { text } = words.take();
  words.expect('(', `random.${text}`);
  if (text === 'random') {
    words.expect(')', 'random.random(');
    return { cel: 'random', binds: binds.tight, kind: 'number', offset };
  }
  if (text !== 'randrange') throw outside(`the function random.${text}()`, offset);
  const from = readInteger(words);
  if (!words.takes(',')) throw outside(otherRanges, offset);
  const to = readInteger(words);
  if (!words.takes(')')) throw outside(otherRanges, offset);
  if (BigInt(to) <= BigInt(from)) throw outside(`random.randrange(${from}, ${to}): no number lies between`, offset);
  const range = `double(${to} - ${from.startsWith('-') ? `(${from})` : from})`;
  return { cel: `(${from} + int(random * ${range}))`, binds: binds.tight, kind: 'number', offset };
}

function readInteger(words: Words): string {
  const sign = words.takes('-') ? '-' : '';
  const token = words.take();
  if (token.kind !== 'number' || !/^\d+$/.test(token.value)) {
    throw outside(otherRanges, token.offset);
  }
  return `${sign}${token.value}`;
}

function celText(value: string): string {
  const quoted = JSON.stringify(value);
  return value.includes("'") ? quoted : `'${quoted.slice(1, -1).replaceAll('\\"', '"')}'`;
}

/** A part where true or false is asked: as Python does, any other value counts as true unless it is empty. */
function truthOf(part: Part): Part {
  if (!asksEmptiness(part)) return { ...part, kind: 'truth' };
  return { cel: `!(${isEmpty(part)})`, binds: binds.not, kind: 'truth', offset: part.offset };
}

function asksEmptiness({ kind, binds: tightness }: Part): boolean {
  return kind !== 'truth' && tightness >= binds.compare;
}

function isEmpty({ cel }: Part): string {
  return `${cel} in [null, false, 0, '', [], {}]`;
}

/** A part where a value is asked. */
function valueOf(part: Part): Part {
  if (part.kind !== 'truth' && part.binds < binds.compare) {
    throw outside('"and" or "or" between values, used as a value', part.offset);
  }
  return part;
}

function within(part: Part, tightness: number): string {
  return part.binds < tightness ? `(${part.cel})` : part.cel;
}
