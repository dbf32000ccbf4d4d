import {
  readAnswer,
  readResponse,
  renderFrozen,
  renderTarget,
  responseRoots,
  type CompiledIntegration,
  type LifecycleEvent,
  type ResponseScope,
} from '@patchbay/edi';
import type { Work } from '../measure/rounds';
import type { Loaded } from './load';
import { typicalAnswer, typicalEvent } from './typical';

const secrets = { 'basic:patchbay': 'secret', 'api-key': 'key' };
const moment = { now: Date.parse('2026-11-22T08:44:45.000Z'), random: 0.5 };
const scopeOf = ({ event, contact }: LifecycleEvent) => ({ event, contact });

/** The steps of a reaction, each by itself and all together; every call is about the next of several integrations. */
export function reactionSteps({ index, loaded }: Loaded) {
  const compiled = loaded.map((one) => one.compiled);
  const count = compiled.length;
  const events = compiled.map((_, number) => typicalEvent(number));
  const answers = compiled.map((_, number) => typicalAnswer(number));
  const urls = compiled.map((one, number) => renderTarget(one, scopeOf(events[number]!), secrets).url);
  const read = answers.map(readResponse);

  const steps = {
    match: (call) => index.match(events[call % count]!),
    condition: (call) => holds(compiled[call % count]!, events[call % count]!),
    'render body': (call) => renderFrozen(compiled[call % count]!, scopeOf(events[call % count]!)),
    'render URL and headers': (call) => renderTarget(compiled[call % count]!, scopeOf(events[call % count]!), secrets),
    'read response': (call) => readResponse(answers[call % count]!),
    'read set and save': (call) => {
      const at = call % count;
      return readParts(compiled[at]!, events[at]!, urls[at]!, read[at]!);
    },
  } satisfies Record<string, Work>;

  const whole: Work = (call) => {
    const event = events[call % count]!;
    const [matched] = index.match(event);
    if (!matched || !holds(matched.compiled, event)) throw new Error('the typical event does not fire');
    const frozen = renderFrozen(matched.compiled, scopeOf(event));
    const target = renderTarget(matched.compiled, scopeOf(event), secrets);
    return [frozen, readParts(matched.compiled, event, target.url, readResponse(answers[call % count]!))];
  };
  return { steps, whole };
}

function holds({ condition }: CompiledIntegration, { event, contact }: LifecycleEvent): boolean {
  const outcome = condition?.evaluate(event, contact, moment);
  if (outcome === undefined || 'error' in outcome) throw new Error('the typical condition fails');
  return outcome.holds;
}

function readParts(integration: CompiledIntegration, event: LifecycleEvent, url: string, response: ResponseScope) {
  const facts = { configId: integration.record.id, method: integration.method, url };
  return readAnswer(integration.response, event, responseRoots(event, facts, response, integration.response), []);
}
