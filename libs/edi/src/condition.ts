import { CelScalar, celEnv, celFunc, isCelError, isCelList, isCelMap, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import type { Contact, LifecycleEvent } from './event';

/** What a condition may look at besides contact and event; fixed once per event. */
export interface ConditionMoment {
  /** Epoch milliseconds. */
  now: number;
  /** 0 <= x < 1, the same on every retry of a delivery. */
  random: number;
}

export type ConditionOutcome = { holds: boolean } | { error: string };

/** A condition in CEL (cel.dev), planned once. */
export interface Condition {
  source: string;
  evaluate(event: LifecycleEvent['event'], contact: Contact, moment: ConditionMoment): ConditionOutcome;
}

type Tree = ReturnType<typeof parse>['expr'];

const partFunction = 'patchbay_part';
const roots = new Set(['contact', 'event', 'now', 'random']);

/** As in placeholders: a missing part, and any part of null, is null. Only maps and lists have parts. */
const partOfValue = celFunc(partFunction, [CelScalar.DYN, CelScalar.DYN], CelScalar.DYN, (value, key) => {
  if (isCelMap(value)) return value.get(key as string) ?? null;
  if (isCelList(value)) return value.get(Number(key)) ?? null;
  return null;
});

const environment = celEnv({ funcs: [...strings, partOfValue] });

/** Parses and plans a condition; a sentence when it is not valid CEL or names something unknown. */
export function compileCondition(source: string): Condition | { fault: string } {
  try {
    const parsed = parse(source);
    const unknown = unknownNames(parsed.expr, roots);
    if (unknown.length > 0) {
      return { fault: `unknown name "${unknown[0]}"; a condition knows contact, event, now and random` };
    }
    makeLenient(parsed.expr);
    const evaluatePlan = plan(environment, parsed);
    return { source, evaluate: (event, contact, moment) => outcomeOf(evaluatePlan, event, contact, moment) };
  } catch (error) {
    return { fault: `this is not a CEL expression: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function outcomeOf(
  evaluatePlan: ReturnType<typeof plan>,
  event: LifecycleEvent['event'],
  contact: Contact,
  { now, random }: ConditionMoment,
): ConditionOutcome {
  const result = evaluatePlan({ contact, event, now: timestampOf(now), random } as never);
  if (isCelError(result)) return { error: result.message };
  if (typeof result === 'boolean') return { holds: result };
  return { error: `the condition gives no true or false but ${typeof result}` };
}

function timestampOf(milliseconds: number) {
  const seconds = Math.floor(milliseconds / 1_000);
  const nanos = (milliseconds - seconds * 1_000) * 1_000_000;
  return { $typeName: 'google.protobuf.Timestamp' as const, seconds: BigInt(seconds), nanos };
}

/** Turns every selection and index into a call of the lenient one; has() stays CEL's own. */
function makeLenient(tree: Tree): void {
  for (const child of childrenOf(tree)) makeLenient(child);
  const { exprKind } = tree;
  if (exprKind.case === 'callExpr' && exprKind.value.function === '_[_]') exprKind.value.function = partFunction;
  if (exprKind.case !== 'selectExpr' || exprKind.value.testOnly || !exprKind.value.operand) return;
  const { operand, field } = exprKind.value;
  const key = parse(JSON.stringify(field)).expr;
  const call = parse(`${partFunction}(null, null)`).expr.exprKind;
  if (call.case === 'callExpr') call.value.args = [operand, key];
  tree.exprKind = call;
}

/** Identifiers that are neither known nor bound by a macro such as all(x, ...). */
function unknownNames(tree: Tree, known: ReadonlySet<string>): string[] {
  const { exprKind } = tree;
  if (exprKind.case === 'identExpr')
    return known.has(exprKind.value.name) || isType(exprKind.value.name) ? [] : [exprKind.value.name];
  const bound =
    exprKind.case === 'comprehensionExpr' ? new Set([...known, exprKind.value.iterVar, exprKind.value.accuVar]) : known;
  return childrenOf(tree).flatMap((child) => unknownNames(child, bound));
}

function isType(name: string): boolean {
  return ['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'].includes(name);
}

function childrenOf({ exprKind }: Tree): Tree[] {
  switch (exprKind.case) {
    case 'selectExpr':
      return present([exprKind.value.operand]);
    case 'callExpr':
      return present([exprKind.value.target, ...exprKind.value.args]);
    case 'listExpr':
      return present(exprKind.value.elements);
    case 'structExpr':
      return present(
        exprKind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return present([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    default:
      return [];
  }
}

function present(trees: (Tree | undefined)[]): Tree[] {
  return trees.filter((tree): tree is Tree => tree !== undefined);
}
