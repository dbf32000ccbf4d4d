import { callOf, childrenOf, constantOf, nameOf, nodeAt, nodesIn, pathOf, scopedChildrenOf } from './cel-tree';
import type { Path, Scope, Tree } from './cel-tree';
import { prices } from './cost';
import { hidden } from './environment';

/**
 * Rewrites a parsed expression in place: a missing part, and any part of null, becomes null (has() stays CEL's own), and
 * loops charge for their steps. A fixed path from one of `roots` becomes one variable, `@0`, `@1`, ...; the result says
 * which path each stands for. `names` mean something in the source; what else has dots is a qualified name.
 */
export function makeLenient(tree: Tree, roots: ReadonlySet<string>, names: ReadonlySet<string> = roots): Path[] {
  const paths: Path[] = [];
  rewrite(tree, { roots, names }, false, paths);
  return paths;
}

function rewrite(tree: Tree, scope: Scope, inLoop: boolean, paths: Path[]): void {
  const path = pathOf(tree);
  if (path && !scope.names.has(path.root)) return;
  if (path && scope.roots.has(path.root)) {
    tree.exprKind = nameOf(`@${placeOf(path, paths)}`);
    return;
  }
  if (tree.exprKind.case === 'comprehensionExpr') return rewriteLoop(tree, scope, inLoop, paths);
  for (const child of childrenOf(tree)) rewrite(child, scope, inLoop, paths);
  rewriteParts(tree);
  if (inLoop) rewriteTests(tree);
}

function placeOf(path: Path, paths: Path[]): number {
  const text = JSON.stringify(path);
  const known = paths.findIndex((other) => JSON.stringify(other) === text);
  return known >= 0 ? known : paths.push(path) - 1;
}

function rewriteParts(tree: Tree): void {
  const { exprKind } = tree;
  if (exprKind.case === 'callExpr' && exprKind.value.function === '_[_]') exprKind.value.function = hidden.part;
  if (exprKind.case !== 'selectExpr' || exprKind.value.testOnly || !exprKind.value.operand) return;
  const { operand, field } = exprKind.value;
  tree.exprKind = callOf(hidden.part, [operand, nodeAt(tree, constantOf(field))]);
}

function rewriteLoop(tree: Tree, scope: Scope, inLoop: boolean, paths: Path[]): void {
  if (tree.exprKind.case !== 'comprehensionExpr') return;
  const loop = tree.exprKind.value;
  const cost = prices.node * nodesIn(loop.loopStep!);
  for (const [child, inside] of scopedChildrenOf(tree, scope))
    rewrite(child, inside, inLoop || inside !== scope, paths);
  gatherInPlace(loop.loopStep!, loop.accuVar);
  loop.iterRange = nodeAt(tree, callOf(hidden.range, [loop.iterRange!]));
  loop.loopCondition = nodeAt(tree, callOf(hidden.step, [loop.loopCondition!, nodeAt(tree, constantOf(cost))]));
}

/** The step of map and filter, `result + [element]`, possibly below their test, appends instead. */
function gatherInPlace(step: Tree, result: string): void {
  if (step.exprKind.case !== 'callExpr') return;
  const { function: name, args } = step.exprKind.value;
  if (name === '_?_:_') return gatherInPlace(args[1]!, result);
  const [left, right] = args;
  if (name !== '_+_' || left?.exprKind.case !== 'identExpr' || left.exprKind.value.name !== result) return;
  const element = right?.exprKind.case === 'listExpr' ? right.exprKind.value.elements[0] : undefined;
  if (element) step.exprKind = callOf(hidden.append, [left, element]);
}

const logic = new Set(['_&&_', '_||_', '_?_:_']);

/** In a loop, what && || and ?: test is charged for when it is neither true nor false. */
function rewriteTests({ exprKind }: Tree): void {
  if (exprKind.case !== 'callExpr' || !logic.has(exprKind.value.function)) return;
  const { args } = exprKind.value;
  const tests = exprKind.value.function === '_?_:_' ? 1 : args.length;
  for (const [place, arg] of args.entries()) {
    if (place < tests && !isResult(arg) && !isLogic(arg)) args[place] = nodeAt(arg, callOf(hidden.test, [arg]));
  }
}

/** The variable a macro gathers its result in; it may hold an error that a later step makes good. */
function isResult({ exprKind }: Tree): boolean {
  return exprKind.case === 'identExpr' && exprKind.value.name === '@result';
}

function isLogic({ exprKind }: Tree): boolean {
  return exprKind.case === 'callExpr' && logic.has(exprKind.value.function) && exprKind.value.function !== '_?_:_';
}
