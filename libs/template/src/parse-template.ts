import { parsePath } from './parse-path';
import type { Placeholder, Template, TemplateFault, TemplateWarning } from './placeholder';

/** Which roots a text may use; those in `refused` are known but wrong here, with the sentence that says why. */
export interface TemplateGrammar {
  roots: readonly string[];
  refused?: Readonly<Record<string, string>>;
}

export interface ParsedTemplate {
  template: Template;
  faults: TemplateFault[];
  warnings: TemplateWarning[];
}

/** A configuration's text with more placeholders than this is refused. */
export const maxPlaceholders = 1_000;

const word = /[A-Za-z_][A-Za-z0-9_-]*/y;

/**
 * Parses a text once; the result is rendered per event. All text that is no placeholder, braces included, is kept as
 * written. Linear in the length of the text. Faulty placeholders stay as text in the template.
 */
export function parseTemplate(source: string, grammar: TemplateGrammar): ParsedTemplate {
  const pieces: (string | Placeholder)[] = [];
  const faults: TemplateFault[] = [];
  const warnings: TemplateWarning[] = [];
  let textFrom = 0;
  let placeholders = 0;
  for (let at = source.indexOf('{'); at >= 0; at = source.indexOf('{', at + 1)) {
    const found = placeholderAt(source, at, grammar);
    if (found === undefined) continue;
    if ('code' in found) {
      faults.push({ ...found, column: at + 1, caret: caret(source, at) });
      continue;
    }
    if (++placeholders === maxPlaceholders + 1) {
      faults.push({
        code: 'too-many-placeholders',
        message: `more than ${maxPlaceholders} placeholders in one text`,
        column: at + 1,
        caret: caret(source, at),
      });
    }
    if (at > textFrom) pieces.push(source.slice(textFrom, at));
    pieces.push(found);
    warnings.push(...doubtAbout(source, at, found));
    textFrom = at + found.source.length;
    at = textFrom - 1;
  }
  if (textFrom < source.length) pieces.push(source.slice(textFrom));
  warnings.push(...spacedBraces(source, grammar));
  const only = pieces.length === 1 ? pieces[0] : undefined;
  // Arrays grown one by one keep room that nothing will use.
  return {
    template: { source, pieces: pieces.slice(), whole: typeof only === 'object' ? only : undefined },
    faults,
    warnings,
  };
}

function placeholderAt(
  source: string,
  at: number,
  { roots, refused = {} }: TemplateGrammar,
): Placeholder | Pick<TemplateFault, 'code' | 'message'> | undefined {
  if (source[at + 1] === '=') return { code: 'reserved', message: '"{=" is reserved; it cannot be used in a text' };
  word.lastIndex = at + 1;
  const root = word.exec(source)?.[0];
  if (root === undefined) return undefined;
  const known = roots.includes(root);
  const reason = Object.hasOwn(refused, root) ? refused[root] : undefined;
  if (!known && reason === undefined) return undefined;
  const afterRoot = at + 1 + root.length;
  const { path, end, forbidden } = parsePath(source, afterRoot);
  const next = source[end];
  if (next !== '}' && next !== '|' && end === afterRoot && next !== '.' && next !== '[') return undefined;
  if (reason !== undefined) return { code: 'root-not-allowed', message: reason };
  if (next === '|') return { code: 'reserved', message: '"|" after a path is reserved; filters do not exist' };
  if (next !== '}') return { code: 'unknown-syntax', message: syntaxSentence(source, root, end) };
  if (forbidden) return { code: 'forbidden-part', message: `"${forbidden}" cannot be part of a path` };
  return { root, path, source: source.slice(at, end + 1), column: at + 1 };
}

function syntaxSentence(source: string, root: string, end: number): string {
  const found = end < source.length ? `found "${source[end]}"` : 'found the end of the text';
  return `a placeholder {${root}...} continues with .name, [0], ['any text'] or }, but ${found} at column ${end + 1}`;
}

function doubtAbout(source: string, at: number, { source: text }: Placeholder): TemplateWarning[] {
  if (source[at - 1] !== '{' || source[at + text.length] !== '}') return [];
  const message = `{${text}} is sent with its outer braces; a placeholder has one pair: ${text}`;
  return [{ code: 'double-braces', message, column: at, caret: caret(source, at - 1) }];
}

const spaced = /\{\s+([A-Za-z_]+)((?:\.[A-Za-z0-9_-]+)+)\s*\}|\{([A-Za-z_]+)((?:\.[A-Za-z0-9_-]+)+)\s+\}/g;

function spacedBraces(source: string, { roots }: TemplateGrammar): TemplateWarning[] {
  if (!source.includes('{')) return [];
  return [...source.matchAll(spaced)]
    .map((match) => ({ at: match.index, root: match[1] ?? match[3]!, path: match[2] ?? match[4]! }))
    .filter(({ root }) => roots.includes(root))
    .map(({ at, root, path }) => ({
      code: 'spaces-in-braces',
      message: `with spaces inside the braces this is sent as written; the placeholder is {${root}${path}}`,
      column: at + 1,
      caret: caret(source, at),
    }));
}

const caretReach = 60;

/** The line of text around a position with a caret under it. */
function caret(source: string, at: number): string {
  const from = Math.max(0, at - caretReach);
  const line = source.slice(from, at + caretReach).replace(/[\r\n\t]/g, ' ');
  return `${line}\n${' '.repeat(at - from)}^`;
}
