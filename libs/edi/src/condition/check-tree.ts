import { contactProperties } from '../doubts';
import { nearest } from '../nearest';
import { childrenOf, literalText, pathOf, scopedChildrenOf, type Path, type Scope, type Tree } from './cel-tree';
import { meter } from './cost';
import { functionNames, patternOf } from './environment';

/** Something wrong or doubtful at a node of an expression. */
export interface TreeFinding {
  severity: 'fault' | 'warning';
  code: string;
  message: string;
  /** The node it is about, whose place the parser knows. */
  tree: Tree;
}

/** What a condition may look at. */
export const roots: ReadonlySet<string> = new Set(['contact', 'event', 'now', 'random']);

const types = ['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'];
const qualified = ['google.protobuf.Timestamp', 'google.protobuf.Duration'];
/** What the parser makes of operators, beyond those that are functions of the library. */
const operators: ReadonlySet<string> = new Set(['_&&_', '_||_', '_?_:_', '_[_]', '@not_strictly_false']);
const macros = ['all', 'exists', 'exists_one', 'existsOne', 'filter', 'map'];
const eventParts = ['name', 'datetime'];
const deepestTree = 32;
const mostNestedLoops = 3;

/** Names, functions and paths that lead nowhere, patterns that are none, and nesting beyond the limits; all of them. */
export function checkTree(tree: Tree): TreeFinding[] {
  return [...checkNode(tree, { roots, names: new Set([...roots, ...types]) }), ...checkSize(tree)];
}

function checkNode(tree: Tree, scope: Scope): TreeFinding[] {
  const path = pathOf(tree);
  if (path && qualified.includes([path.root, ...path.parts].join('.'))) return [];
  if (path) return checkPath(tree, path, scope);
  const { exprKind } = tree;
  const found =
    exprKind.case === 'callExpr' ? checkCall(tree) : exprKind.case === 'structExpr' ? checkMessage(tree) : [];
  const below = scopedChildrenOf(tree, scope).filter(([child]) => !isNamespace(tree, child));
  return [...found, ...below.flatMap(([child, inside]) => checkNode(child, inside))];
}

function checkPath(tree: Tree, { root, parts }: Path, scope: Scope): TreeFinding[] {
  const [part] = parts;
  if (!scope.names.has(root)) return [unknownName(tree, root)];
  if (part === undefined || !scope.roots.has(root)) return [];
  if (root === 'event') return checkEventPart(tree, parts);
  if (root !== 'contact' || contactProperties.some((property) => property === part)) return [];
  const meant = typeof part === 'string' ? nearest(part, contactProperties) : undefined;
  const message = `contact has no documented property "${part}"; ${advice(meant, contactProperties)}`;
  return [{ severity: 'warning', code: 'condition-unknown-path', message, tree }];
}

function checkEventPart(tree: Tree, [part, deeper]: Path['parts']): TreeFinding[] {
  const fault = (message: string): TreeFinding[] => [
    { severity: 'fault', code: 'condition-unknown-path', message, tree },
  ];
  if (typeof part !== 'string' || !eventParts.includes(part)) {
    const meant = typeof part === 'string' ? nearest(part, eventParts) : undefined;
    return fault(`event has no "${part}"; ${advice(meant, eventParts)}`);
  }
  return deeper === undefined ? [] : fault(`event.${part} is a text and has no parts`);
}

function unknownName(tree: Tree, name: string): TreeFinding {
  const meant = nearest(name, [...roots, 'true', 'false', 'null']);
  const message = `unknown name "${name}"; ${advice(meant, roots)}`;
  return { severity: 'fault', code: 'condition-unknown-name', message, tree };
}

function checkCall(tree: Tree): TreeFinding[] {
  if (tree.exprKind.case !== 'callExpr') return [];
  const { function: name, target, args } = tree.exprKind.value;
  const fault = (code: string, message: string): TreeFinding[] => [{ severity: 'fault', code, message, tree }];
  if (name === 'matches') return checkPattern(tree, target ? args[0] : args[1]);
  if (operators.has(name) || functionNames.has(name) || functionNames.has(`${nameOf(target)}.${name}`)) return [];
  if (name === 'has') return fault('condition-syntax', 'has() takes a path with a part, as in has(contact.queue)');
  if (target && macros.includes(name)) {
    return fault('condition-syntax', `${name}() takes a name and an expression, as in .${name}(x, x != null)`);
  }
  const getter = nameOf(target) === 'contact' && args.length === 0 ? /^get_(\w+)$/.exec(name)?.[1] : undefined;
  if (getter) return fault('condition-unknown-function', `contact.${name}() is Python; in CEL it is contact.${getter}`);
  const meant = nearest(name, [...functionNames].filter(isWord).concat(macros, 'has'));
  const hint = meant ? `did you mean "${meant}"?` : 'known are those of CEL and its strings extension';
  return fault('condition-unknown-function', `unknown function "${name}"; ${hint}`);
}

function isWord(name: string): boolean {
  return /^[a-z]/i.test(name);
}

function checkPattern(tree: Tree, pattern: Tree | undefined): TreeFinding[] {
  const text = pattern && literalText(pattern);
  if (text === undefined) return [];
  try {
    meter.begin();
    patternOf(text);
    return [];
  } catch (error) {
    const message = `matches() has no valid pattern: ${error instanceof Error ? error.message : String(error)}`;
    return [{ severity: 'fault', code: 'condition-pattern', message, tree: pattern ?? tree }];
  }
}

function checkMessage(tree: Tree): TreeFinding[] {
  const name = tree.exprKind.case === 'structExpr' ? tree.exprKind.value.messageName : '';
  if (name === '') return [];
  const message = `a condition makes no messages such as ${name}{...}; times are made by timestamp() and duration()`;
  return [{ severity: 'fault', code: 'condition-unknown-name', message, tree }];
}

/** `strings` in `strings.quote(...)` is part of the function's name. */
function isNamespace(tree: Tree, child: Tree): boolean {
  if (tree.exprKind.case !== 'callExpr' || child !== tree.exprKind.value.target) return false;
  return functionNames.has(`${nameOf(child)}.${tree.exprKind.value.function}`);
}

function nameOf(tree: Tree | undefined): string {
  return tree?.exprKind.case === 'identExpr' ? tree.exprKind.value.name : '';
}

function checkSize(tree: Tree): TreeFinding[] {
  const limit = (message: string): TreeFinding => ({ severity: 'fault', code: 'condition-limit', message, tree });
  const found: TreeFinding[] = [];
  if (depthOf(tree) > deepestTree) found.push(limit(`the condition nests more than ${deepestTree} deep`));
  if (loopsIn(tree) > mostNestedLoops) {
    found.push(limit(`macros such as all() and map() nest at most ${mostNestedLoops} deep`));
  }
  return found;
}

function depthOf(tree: Tree): number {
  return 1 + Math.max(0, ...childrenOf(tree).map(depthOf));
}

/** How deep loops run inside each other; the list of a loop is made once, beside it. */
function loopsIn(tree: Tree): number {
  if (tree.exprKind.case !== 'comprehensionExpr') return Math.max(0, ...childrenOf(tree).map(loopsIn));
  const { iterRange, loopStep } = tree.exprKind.value;
  return Math.max(iterRange ? loopsIn(iterRange) : 0, 1 + (loopStep ? loopsIn(loopStep) : 0));
}

function advice(meant: string | undefined, known: Iterable<string>): string {
  return meant ? `did you mean "${meant}"?` : `known are ${[...known].join(', ')}`;
}
