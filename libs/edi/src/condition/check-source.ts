/** Something wrong at an offset of the source. */
export interface SourceFault {
  code: string;
  message: string;
  offset: number;
}

/** 4 KiB: with it the time to parse (0.2 s at worst) and the number of nodes are bounded. */
const largestSource = 4_096;
const deepestNesting = 32;

const closers: Record<string, string> = { '(': ')', '[': ']', '{': '}' };
const quotes = /^(?:[rR]|[bB]|[rR][bB]|[bB][rR])?("""|'''|"|')/;

/**
 * Looks at size, brackets and quotes before the parser does: its memory of a deep nest is the call stack, and what it
 * says about an open bracket is that it expected the end.
 */
export function checkSource(source: string): SourceFault | undefined {
  if (source.length > largestSource) {
    const message = `a condition has at most ${largestSource} characters, not ${source.length}`;
    return { code: 'condition-limit', message, offset: largestSource };
  }
  if (source.trim() === '') return syntax('the condition is empty', 0);
  const open: { bracket: string; offset: number }[] = [];
  for (let at = 0; at < source.length;) {
    const bracket = source[at]!;
    if (source.startsWith('//', at)) at = endOfLine(source, at);
    else if (isQuote(source, at)) {
      const end = endOfText(source, at);
      if (end === undefined) return syntax('this text is never closed', at);
      at = end;
      continue;
    } else if (bracket in closers) open.push({ bracket, offset: at });
    else if (')]}'.includes(bracket) && closers[open.pop()?.bracket ?? ''] !== bracket) {
      return syntax(`this ${bracket} closes nothing`, at);
    }
    if (open.length > deepestNesting) {
      return { code: 'condition-limit', message: `brackets nest at most ${deepestNesting} deep`, offset: at };
    }
    at++;
  }
  const left = open.at(-1);
  return left && syntax(`this ${left.bracket} is never closed`, left.offset);
}

function syntax(message: string, offset: number): SourceFault {
  return { code: 'condition-syntax', message, offset };
}

function isQuote(source: string, at: number): boolean {
  return /["'rRbB]/.test(source[at]!) && !/\w/.test(source[at - 1] ?? ' ') && quotes.test(source.slice(at, at + 5));
}

/** The offset behind a text literal, undefined when it does not end. */
function endOfText(source: string, at: number): number | undefined {
  const [whole, quote] = quotes.exec(source.slice(at, at + 5))!;
  const raw = /r/i.test(whole.slice(0, -quote!.length));
  for (let end = at + whole.length; end < source.length; end++) {
    if (source.startsWith(quote!, end)) return end + quote!.length;
    if (source[end] === '\\' && !raw) end++;
    if (quote!.length === 1 && /[\r\n]/.test(source[end]!)) return undefined;
  }
  return undefined;
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length - 1 : end;
}
