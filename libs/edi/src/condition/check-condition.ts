import { contactProperties } from '../doubts';
import type { LifecycleEvent } from '../event';
import type { Json } from '../json';
import { childrenOf, parseCel, type Path, type Tree } from './cel-tree';
import { roots } from './check-tree';
import { planCondition, type Condition } from './compile-condition';
import { hidden } from './environment';
import { makeLenient } from './lenient';
import { isTypeError } from './plainly';
import { readCondition, type ConditionFinding } from './read-condition';
import { completeSamples, minimalSample, sampleMoment } from './samples';

export type { ConditionFinding } from './read-condition';

/** What saving a condition finds: with faults there is no condition, warnings are legal but doubtful. */
export interface CheckedCondition {
  condition?: Condition;
  faults: ConditionFinding[];
  warnings: ConditionFinding[];
}

/**
 * Checks a condition as it is saved: in CEL or in the Python subset, known names, functions and paths, limits, and a dry
 * run on sample events. What fails on every one, whatever the data is like, is a fault; what fails on some is a warning.
 */
export function checkCondition(source: string): CheckedCondition {
  const read = readCondition(source);
  if ('faults' in read) return { faults: read.faults, warnings: [] };
  const condition = planCondition(source, read);
  const trial = tryOut(condition);
  if (trial && 'fault' in trial) return { faults: [trial.fault], warnings: read.warnings };
  return { condition, faults: [], warnings: trial ? [...read.warnings, trial.warning] : read.warnings };
}

type Trial = { fault: ConditionFinding } | { warning: ConditionFinding } | undefined;

function tryOut(condition: Condition): Trial {
  const failures = [...completeSamples, minimalSample].flatMap(([name, sample]) => {
    const error = errorOf(condition, sample);
    return error === undefined ? [] : [{ name, error }];
  });
  const [first] = failures;
  if (!first) return undefined;
  if (failures.length > completeSamples.length && failsAlways(condition)) {
    return { fault: { code: 'condition-type', message: `this fails for every event: ${first.error}` } };
  }
  return { warning: { code: 'condition-doubtful', message: `for ${first.name} this is skipped: ${first.error}` } };
}

function errorOf(condition: Condition, { event, contact }: LifecycleEvent): string | undefined {
  const outcome = condition.evaluate(event, contact, sampleMoment);
  return 'error' in outcome ? outcome.error : undefined;
}

/** One value of each type, for parts that may hold anything; a text that is a number, and one that is a time. */
const guesses: Json[] = ['1', 1, true, [], {}, null, '2026-01-02T03:00:00Z'];
const mostGuesses = 400;

/** Whether it is the types that fail, and no value of the parts that may hold anything would help. */
function failsAlways(condition: Condition): boolean {
  const open = openPaths(condition.cel);
  if (open === undefined || guesses.length ** open.length > mostGuesses) return false;
  return completeSamples.every(([, sample]) =>
    combinations(open).every((guess) => {
      const error = errorOf(condition, withParts(sample, guess));
      return error !== undefined && isTypeError(error);
    }),
  );
}

/**
 * The paths of a condition that the samples cannot know: data a customer attached, undocumented properties, and what is
 * below a property. Undefined when some of it is reached in another way, through a macro or a computed index.
 */
function openPaths(cel: string): Path[] | undefined {
  const { expr } = parseCel(cel);
  const paths = makeLenient(expr, roots);
  if (callsOf(expr).has(hidden.part)) return undefined;
  const documented: readonly string[] = contactProperties.filter((property) => property !== 'attached_data');
  return paths.filter(({ root, parts }) => {
    return root === 'contact' && (parts.length > 1 || (parts.length > 0 && !documented.includes(String(parts[0]))));
  });
}

function callsOf(tree: Tree): Set<string> {
  const below = childrenOf(tree).flatMap((child) => [...callsOf(child)]);
  return new Set(tree.exprKind.case === 'callExpr' ? [tree.exprKind.value.function, ...below] : below);
}

function combinations(paths: Path[]): [Path, Json][][] {
  const [first, ...rest] = paths;
  if (!first) return [[]];
  return combinations(rest).flatMap((tail) => guesses.map((guess): [Path, Json][] => [[first, guess], ...tail]));
}

function withParts(sample: LifecycleEvent, parts: [Path, Json][]): LifecycleEvent {
  const contact = structuredClone(sample.contact);
  for (const [path, value] of parts) place(contact, path.parts, value);
  return { ...sample, contact };
}

function place(holder: { [key: string]: Json }, [part, ...rest]: Path['parts'], value: Json): void {
  if (part === undefined) return;
  const key = String(part);
  if (rest.length === 0) holder[key] = value;
  else {
    const below = holder[key];
    const next = typeof below === 'object' && below !== null ? below : typeof rest[0] === 'number' ? [] : {};
    holder[key] = next;
    place(next as { [key: string]: Json }, rest, value);
  }
}
