import { OutsideSubset, type Token } from './python-tokens';

/** Words that the subset has no use for, with the way to say it in CEL. */
const named: Record<string, string> = {
  if: 'if ... else; in CEL it is a ? b : c',
  else: 'if ... else; in CEL it is a ? b : c',
  for: 'a comprehension (for); in CEL it is list.exists(x, ...) or list.all(x, ...)',
  lambda: 'lambda',
  is: '"is"; write == or, for None, == None',
  'is not': '"is not"; write != or, for None, != None',
  ':=': 'an assignment (:=)',
  '=': 'an assignment (=); equal is ==',
  await: 'await',
  '&&': '&&, which is CEL; Python says "and"',
  '||': '||, which is CEL; Python says "or"',
  '!': '!, which is CEL; Python says "not"',
  '<>': '<>; not equal is !=',
  ',': 'a tuple at this place',
  '': 'an expression that ends here',
};
const arithmetic = ['+', '-', '*', '/', '//', '%', '**', '@', '&', '|', '^', '~', '<<', '>>'];

/** What a word is called that the subset has no use for; undefined when it has no name beyond itself. */
export function constructOf(word: string): string | undefined {
  if (arithmetic.includes(word)) return `arithmetic (${word})`;
  return Object.hasOwn(named, word) ? named[word] : undefined;
}

export function isArithmetic({ kind, text }: Token): boolean {
  return kind === 'operator' && arithmetic.includes(text);
}

export function outside(construct: string, offset: number): OutsideSubset {
  return new OutsideSubset(construct, offset);
}

/** The words of a source, one after the other. */
export class Words {
  private at = 0;
  private depth = 0;

  constructor(private readonly tokens: Token[]) {}

  get now(): Token {
    return this.tokens[this.at]!;
  }

  get next(): Token {
    return this.tokens[this.at + 1] ?? this.now;
  }

  /** The next word; the end stays where it is. */
  take(): Token {
    const { now } = this;
    if (now.kind !== 'end') this.at++;
    return now;
  }

  sees(...texts: string[]): boolean {
    return (this.now.kind === 'name' || this.now.kind === 'operator') && texts.includes(this.now.text);
  }

  takes(text: string): boolean {
    const seen = this.sees(text);
    if (seen) this.at++;
    return seen;
  }

  expect(text: string, within: string): void {
    const { now } = this;
    if (!this.takes(text)) throw outside(constructOf(now.text) ?? `${within} without ${text}`, now.offset);
  }

  /** Bounds how deep the reader, which is recursive, goes. */
  deeper<T>(read: () => T): T {
    if (++this.depth > 64) throw outside('brackets or "not" nested more than 64 deep', this.now.offset);
    const result = read();
    this.depth--;
    return result;
  }
}
