/** A word of Python. `value` is what a number or text stands for. */
export type Token =
  | { kind: 'name' | 'operator' | 'end'; text: string; offset: number }
  | { kind: 'text'; text: string; value: string; offset: number }
  | { kind: 'number'; text: string; value: string; offset: number };

/** What lies outside the subset, by name, and where. */
export class OutsideSubset extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

const blank = /(?:[ \t\r\n\f]|\\\r?\n|#[^\r\n]*)+/y;
const name = /[\p{L}_][\p{L}\p{N}_]*/uy;
const number = /(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d[\d_]*)?/y;
const prefixed = /([rRbBuUfF]{0,2})("""|'''|"|')/y;
const operator = /\*\*|\/\/|<<|>>|==|!=|<=|>=|<>|:=|->|&&|\|\||[-+*/%@&|^~<>()[\]{},:.;=!?$`\\]/y;

/** Splits Python into words; throws OutsideSubset at what the subset has no word for. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipBlank(source, 0); at < source.length; at = skipBlank(source, at)) {
    const token = textAt(source, at) ?? numberAt(source, at) ?? wordAt(source, at);
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: 'end', text: '', offset: source.length });
  return tokens;
}

function skipBlank(source: string, at: number): number {
  return at + (match(blank, source, at)?.[0].length ?? 0);
}

function wordAt(source: string, at: number): Token {
  const word = match(name, source, at);
  if (word) return { kind: 'name', text: word[0], offset: at };
  const sign = match(operator, source, at);
  if (sign) return { kind: 'operator', text: sign[0], offset: at };
  throw new OutsideSubset(`the character ${JSON.stringify(source[at])}`, at);
}

function numberAt(source: string, at: number): Token | undefined {
  const found = match(number, source, at)?.[0];
  if (found === undefined) return undefined;
  const suffix = match(name, source, at + found.length)?.[0];
  if (suffix !== undefined) throw new OutsideSubset(`the number ${found}${suffix}`, at);
  // Neither 01 nor 1__0 nor 1_ is a number in Python.
  if (/^0[\d_]*[1-9][\d_]*$|__|_$/.test(found)) throw new OutsideSubset(`the number ${found}`, at);
  return { kind: 'number', text: found, value: celNumber(found, at), offset: at };
}

const mostInteger = 2n ** 63n - 1n;

function celNumber(text: string, at: number): string {
  const digits = text.replaceAll('_', '');
  if (/[.eE]/.test(digits)) {
    const double = Number(digits);
    if (!Number.isFinite(double)) throw new OutsideSubset(`the number ${text}`, at);
    return /[.e]/.test(String(double)) ? String(double) : `${double}.0`;
  }
  if (BigInt(digits) > mostInteger) throw new OutsideSubset(`the number ${text}, which is too large`, at);
  return String(BigInt(digits));
}

function textAt(source: string, at: number): Token | undefined {
  const [opening, prefix = '', quote = ''] = match(prefixed, source, at) ?? [];
  if (opening === undefined) return undefined;
  if (/f/i.test(prefix)) throw new OutsideSubset('an f-string', at);
  if (/b/i.test(prefix)) throw new OutsideSubset('a bytes text', at);
  const from = at + opening.length;
  const end = endOfText(source, from, quote);
  if (end === undefined) throw new OutsideSubset('a text that is never closed', at);
  const raw = source.slice(from, end);
  const value = /r/i.test(prefix) ? raw : raw.replace(escape, (whole) => unescape(whole, at));
  if (/\p{Surrogate}/u.test(value)) throw new OutsideSubset('a text with half a character', at);
  return { kind: 'text', text: source.slice(at, end + quote.length), value, offset: at };
}

function endOfText(source: string, from: number, quote: string): number | undefined {
  for (let at = from; at < source.length; at++) {
    if (source.startsWith(quote, at)) return at;
    if (quote.length === 1 && /[\r\n]/.test(source[at]!)) return undefined;
    if (source[at] === '\\') at++;
  }
  return undefined;
}

const escape = /\\(?:\r?\n|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3}|[\s\S])/g;
const single: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function unescape(whole: string, at: number): string {
  const sign = whole[1]!;
  if (sign === '\n' || sign === '\r') return '';
  if (sign === 'N') throw new OutsideSubset('a named character', at);
  if (/[xuU]/.test(sign)) {
    const code = Number.parseInt(whole.slice(2), 16);
    // Without its digits it is no escape, which Python refuses.
    if (Number.isNaN(code) || code > 0x10ffff) throw new OutsideSubset(`the escape ${whole}`, at);
    return String.fromCodePoint(code);
  }
  if (/[0-7]/.test(sign)) return String.fromCodePoint(Number.parseInt(whole.slice(1), 8));
  return single[sign] ?? whole;
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
