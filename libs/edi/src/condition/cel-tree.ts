import { parse } from '@bufbuild/cel';

/** CEL, parsed, with the places of its nodes in the source. */
export type Parsed = ReturnType<typeof parse>;

/** A node of a parsed CEL expression. */
export type Tree = Parsed['expr'];

/** Parses CEL; throws the parser's error. The parser wants a line's end behind a comment, even behind the last. */
export function parseCel(source: string): Parsed {
  return parse(`${source}\n`);
}

type ExprKind = Tree['exprKind'];
type ConstantKind = Extract<ExprKind, { case: 'constExpr' }>['value']['constantKind'];

/** A fixed way into the data: `contact.skills[0].id` is root `contact`, parts `skills`, 0, `id`. */
export interface Path {
  root: string;
  parts: (string | number)[];
}

/** The nodes directly below a node, in source order. */
export function childrenOf({ exprKind }: Tree): Tree[] {
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

/** Which names mean something at a node. */
export interface Scope {
  /** Names that lead into the data of the event. */
  roots: ReadonlySet<string>;
  /** All names that stand for a value. */
  names: ReadonlySet<string>;
}

/** The nodes directly below a node, each with its scope: inside a macro such as `list.all(x, ...)` there is also `x`. */
export function scopedChildrenOf(tree: Tree, scope: Scope): [Tree, Scope][] {
  const { exprKind } = tree;
  if (exprKind.case !== 'comprehensionExpr') return childrenOf(tree).map((child) => [child, scope]);
  const { iterRange, accuInit, iterVar, accuVar } = exprKind.value;
  const inside: Scope = {
    roots: new Set([...scope.roots].filter((root) => root !== iterVar)),
    names: new Set([...scope.names, iterVar, accuVar]),
  };
  return childrenOf(tree).map((child) => [child, child === iterRange || child === accuInit ? scope : inside]);
}

/** How many nodes there are in a tree. */
export function nodesIn(tree: Tree): number {
  return childrenOf(tree).reduce((sum, child) => sum + nodesIn(child), 1);
}

/** The fixed way a selection or index takes from a name; undefined when a part of it is computed. */
export function pathOf({ exprKind }: Tree): Path | undefined {
  if (exprKind.case === 'identExpr') return { root: exprKind.value.name, parts: [] };
  if (exprKind.case === 'selectExpr' && !exprKind.value.testOnly && exprKind.value.operand) {
    return below(pathOf(exprKind.value.operand), exprKind.value.field);
  }
  if (exprKind.case !== 'callExpr' || exprKind.value.function !== '_[_]') return undefined;
  const [operand, index] = exprKind.value.args;
  return operand && index && below(pathOf(operand), fixedKey(index));
}

function below(path: Path | undefined, part: string | number | undefined): Path | undefined {
  if (path === undefined || part === undefined) return undefined;
  return { root: path.root, parts: [...path.parts, part] };
}

function fixedKey({ exprKind }: Tree): string | number | undefined {
  const constant = exprKind.case === 'constExpr' ? exprKind.value.constantKind : undefined;
  if (constant?.case === 'stringValue') return constant.value;
  if (constant?.case === 'int64Value' || constant?.case === 'uint64Value') return Number(constant.value);
  return undefined;
}

/** The text of a literal text. */
export function literalText({ exprKind }: Tree): string | undefined {
  const constant = exprKind.case === 'constExpr' ? exprKind.value.constantKind : undefined;
  return constant?.case === 'stringValue' ? constant.value : undefined;
}

/** A new node that keeps the place in the source of another. */
export function nodeAt({ id }: Tree, exprKind: ExprKind): Tree {
  return { $typeName: 'cel.expr.Expr', id, exprKind };
}

export function callOf(name: string, args: Tree[]): ExprKind {
  return { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, args } };
}

export function nameOf(name: string): ExprKind {
  return { case: 'identExpr', value: { $typeName: 'cel.expr.Expr.Ident', name } };
}

export function constantOf(value: string | number): ExprKind {
  const constantKind: ConstantKind =
    typeof value === 'string' ? { case: 'stringValue', value } : { case: 'doubleValue', value };
  return { case: 'constExpr', value: { $typeName: 'cel.expr.Constant', constantKind } };
}

function present(trees: (Tree | undefined)[]): Tree[] {
  return trees.filter((tree): tree is Tree => tree !== undefined);
}
