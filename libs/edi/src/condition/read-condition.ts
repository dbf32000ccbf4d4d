import { parseCel, type Parsed } from './cel-tree';
import { checkSource } from './check-source';
import { checkTree } from './check-tree';
import { sayAt } from './place';
import { translatePython } from './python';

/** One thing that is wrong with a condition, or doubtful: a sentence, often with a caret line below. */
export interface ConditionFinding {
  code: string;
  message: string;
}

export interface ReadableCondition {
  /** Its CEL form: the source itself, or what the Python was translated to. */
  cel: string;
  /** The CEL form, parsed. */
  parsed: Parsed;
  warnings: ConditionFinding[];
}

type Reading = ReadableCondition | { faults: ConditionFinding[] };

/** A finding with its place in the text it was found in. */
interface Finding extends ConditionFinding {
  offset: number | undefined;
}

/** What reading a text as CEL finds; `isClear` when its faults are such in any language. */
interface CelReading {
  parsed?: Parsed;
  isClear: boolean;
  faults: Finding[];
  warnings: Finding[];
}

/** Reads a condition as CEL, else as the Python subset, without planning it. */
export function readCondition(source: string): Reading {
  const read = readCel(source);
  const said = (findings: Finding[]) => findings.map((finding) => say(finding, source));
  if (read.parsed && read.faults.length === 0) {
    return { cel: source, parsed: read.parsed, warnings: said(read.warnings) };
  }
  if (read.faults.some(({ code }) => code === 'condition-limit')) return { faults: said(read.faults) };
  const python = translatePython(source);
  if (!('cel' in python)) return { faults: said(chooseFaults(source, read, python)) };
  const translated = readTranslation(python.cel);
  return 'faults' in translated && !looks(source).python ? { faults: said(read.faults) } : translated;
}

function say({ code, message, offset }: Finding, source: string): ConditionFinding {
  return { code, message: offset === undefined ? message : sayAt(message, source, offset) };
}

function readTranslation(cel: string): Reading {
  const { parsed, faults, warnings } = readCel(cel);
  if (!parsed || faults.length > 0) return { faults: faults.map((fault) => say(fault, cel)) };
  const message = `this is Python and runs as the CEL ${cel}`;
  return {
    cel,
    parsed,
    warnings: [{ code: 'condition-translated', message }, ...warnings.map((warning) => say(warning, cel))],
  };
}

function readCel(source: string): CelReading {
  const wrong = checkSource(source);
  if (wrong) return { isClear: true, faults: [wrong], warnings: [] };
  try {
    const parsed = parseCel(source);
    const found = checkTree(parsed.expr).map(({ severity, code, message, tree }) => {
      return { severity, code, message, offset: parsed.sourceInfo?.positions[String(tree.id)] };
    });
    const of = (wanted: string) => found.filter(({ severity }) => severity === wanted);
    return { parsed, isClear: true, faults: of('fault'), warnings: of('warning') };
  } catch (error) {
    return { ...syntaxFault(source, error), warnings: [] };
  }
}

/** The parser's own error; where it gives a place, there. */
function syntaxFault(source: string, error: unknown): Pick<CelReading, 'isClear' | 'faults'> {
  const { rawMessage, message, location } = error as ParserError;
  const offset = location?.start.offset;
  const slip = slipAt(source.slice(offset ?? source.length));
  return {
    isClear: slip !== undefined,
    faults: [{ code: 'condition-syntax', message: slip ?? rawMessage ?? message, offset }],
  };
}

type ParserError = Error & { rawMessage?: string; location?: { start: { offset: number } } };

const slips: [RegExp, string][] = [
  [/^={3,}/, 'equal is =='],
  [/^=(?!=)/, 'equal is =='],
  [/^<>/, 'not equal is !='],
  [/^and\b/, '"and" is &&'],
  [/^or\b/, '"or" is ||'],
  [/^&(?!&)/, '"and" is &&'],
  [/^\|(?!\|)/, '"or" is ||'],
  [/^\.\s*$/, 'a name is missing behind the dot'],
  [/^(==|!=|<=|>=|<|>|&&|\|\||[-+*/%])\s*$/, 'something is missing at the end'],
];

/** What is meant by what the parser could not read. */
function slipAt(rest: string): string | undefined {
  return slips.find(([pattern]) => pattern.test(rest))?.[1];
}

const pythonWords =
  /\b(and|or|not|None|True|False|is|lambda|if|else|for|elif|def|import)\b|#|\.get_\w+\(|\.(lower|upper|startswith|endswith|strip)\(|\brandom\.|\b(len|str|re|any)[.(]|\*\*|\bf''/;
const celWords =
  /&&|\|\||!(?!=)|\?|\/\/|\b(null|true|false)\b|\.(size|contains|startsWith|endsWith|matches|exists|all)\(/;

/** Which of the two languages a text looks like; text literals say nothing. */
function looks(source: string): { cel: boolean; python: boolean } {
  const bare = source.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''");
  return { cel: celWords.test(bare), python: pythonWords.test(bare) };
}

/** The faults in the language the text looks like; where that is unclear and it is neither, both in one sentence. */
function chooseFaults(source: string, cel: CelReading, python: { message: string; offset: number }): Finding[] {
  const like = looks(source);
  const [first] = cel.faults;
  if (like.python && !like.cel) {
    const message = `the Python subset of conditions does not have ${python.message}`;
    return [{ code: 'condition-python', message, offset: python.offset }];
  }
  if (cel.isClear) return cel.faults;
  const message = like.cel
    ? `this is no CEL: ${first!.message}`
    : `this is neither CEL (${first!.message}) nor Python as far as conditions have it (not ${python.message})`;
  return [{ ...first!, message }];
}
