import { celType, isCelError, plan, type CelInput, type CelResult } from '@bufbuild/cel';
import type { Contact, LifecycleEvent } from '../event';
import type { Path } from './cel-tree';
import { roots } from './check-tree';
import { meter } from './cost';
import { environment } from './environment';
import { follow, viewOf } from './json-value';
import { makeLenient } from './lenient';
import { plainly } from './plainly';
import { readCondition, type ReadableCondition } from './read-condition';

/** What a condition may look at besides contact and event; fixed once per event. */
export interface ConditionMoment {
  /** Epoch milliseconds. */
  now: number;
  /** 0 <= x < 1, the same on every retry of a delivery. */
  random: number;
}

export type ConditionOutcome = { holds: boolean } | { error: string };

/** A condition, planned once. */
export interface Condition {
  /** As it was written. */
  source: string;
  /** As CEL (cel.dev): the source itself, unless that is Python. */
  cel: string;
  evaluate(event: LifecycleEvent['event'], contact: Contact, moment: ConditionMoment): ConditionOutcome;
}

/**
 * Parses and plans a condition, in CEL or in the Python subset of the original. When it is neither, or names something
 * unknown: all that is wrong, in sentences. This is for running; `checkCondition` says more and is for saving.
 */
export function compileCondition(source: string): Condition | { fault: string } {
  const read = readCondition(source);
  if ('faults' in read) return { fault: read.faults.map(({ message }) => message).join('\n') };
  return planCondition(source, read);
}

/**
 * A condition that was checked when it was saved: parsed and planned when it is first asked, since that takes longer
 * (0.2 ms) than all else that loading an integration does. One that is faulty after all gives its fault as error.
 */
export function loadCondition(source: string): Condition {
  let compiled: ReturnType<typeof compileCondition> | undefined;
  const compile = () => (compiled ??= compileCondition(source));
  return {
    source,
    get cel() {
      const condition = compile();
      return 'fault' in condition ? source : condition.cel;
    },
    evaluate(event, contact, moment) {
      const condition = compile();
      return 'fault' in condition ? { error: condition.fault } : condition.evaluate(event, contact, moment);
    },
  };
}

/** Plans a condition that has been read; its parsed form is used up. */
export function planCondition(source: string, { cel, parsed }: ReadableCondition): Condition {
  const asked: Asked = { contact: null, event: null, now: 0, random: 0, seen: new Map() };
  const bindings = bindingsOf(makeLenient(parsed.expr, roots), asked) as never;
  const run = plan(environment, parsed);
  return {
    source,
    cel,
    evaluate(event, contact, { now, random }) {
      Object.assign(asked, { event, contact, now, random });
      meter.begin();
      const result = run(bindings);
      release(asked);
      return outcomeOf(result);
    },
  };
}

/** What the running evaluation asks about. */
interface Asked extends ConditionMoment {
  contact: Contact | null;
  event: LifecycleEvent['event'] | null;
  seen: Map<object, CelInput>;
}

/** Keeps nothing of an event that is over. */
function release(asked: Asked): void {
  asked.contact = asked.event = null;
  if (asked.seen.size > 0) asked.seen.clear();
}

/** The variables of a plan, one for each path, looked up when the evaluation comes by; none is ever wrapped unasked. */
function bindingsOf(paths: Path[], asked: Asked): object {
  const bindings = {};
  for (const [place, path] of paths.entries()) {
    Object.defineProperty(bindings, `@${place}`, { get: () => valueAt(path, asked) });
  }
  return bindings;
}

function valueAt({ root, parts }: Path, asked: Asked): CelInput {
  switch (root) {
    case 'contact':
      return viewOf(follow(asked.contact, parts), asked.seen);
    case 'event':
      return viewOf(follow(asked.event, parts), asked.seen);
    case 'now':
      return parts.length === 0 ? timestampOf(asked.now) : null;
    default:
      return parts.length === 0 ? asked.random : null;
  }
}

function timestampOf(milliseconds: number) {
  const seconds = Math.floor(milliseconds / 1_000);
  const nanos = (milliseconds - seconds * 1_000) * 1_000_000;
  return { $typeName: 'google.protobuf.Timestamp' as const, seconds: BigInt(seconds), nanos };
}

function outcomeOf(result: CelResult): ConditionOutcome {
  if (typeof result === 'boolean') return { holds: result };
  if (isCelError(result)) return { error: plainly(result.message) };
  return { error: `the condition gives no true or false but ${plainly(`${celType(result)}`)}` };
}
