import type { Scope } from '@patchbay/template';
import type { CompiledResponse } from './compile';
import type { LifecycleEvent } from './event';
import type { JsonObject } from './json';
import { readSave } from './save';
import { notApplicable, setOperations, type SetOperationName } from './set';
import { renderSetValue } from './value-tree';

/** What an answer changes, and what it would have but cannot, each with its reason. */
export interface AnswerReading {
  set: JsonObject;
  save: JsonObject;
  notDone: { name: string; reason: string }[];
}

/** Takes `set` and `save` from a successful answer. Operations in `setsDone` were done by an earlier member. */
export function readAnswer(
  response: CompiledResponse,
  event: LifecycleEvent,
  scope: Scope,
  setsDone: readonly string[],
): AnswerReading {
  const saved = readSave(response.save, scope);
  const reading: AnswerReading = { set: {}, save: saved.save, notDone: saved.notDone };
  for (const [name, tree] of response.set) {
    const outcome = readSet(name, event, () => renderSetValue(tree, scope), setsDone);
    if ('value' in outcome) reading.set[name] = outcome.value;
    else reading.notDone.push({ name, reason: outcome.notDone });
  }
  return reading;
}

function readSet(
  name: SetOperationName,
  event: LifecycleEvent,
  value: () => ReturnType<typeof renderSetValue>,
  setsDone: readonly string[],
) {
  if (setsDone.includes(name)) return { notDone: 'an earlier integration of the chain has done it' };
  const unfit = notApplicable(name, event.event.name, event.contact);
  return unfit === undefined ? setOperations[name].read(value(), event.contact) : { notDone: unfit };
}
