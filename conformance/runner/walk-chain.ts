import {
  buildMatchIndex,
  debugSaves,
  policyOf,
  readAnswer,
  readResponse,
  readSave,
  renderFrozen,
  responseRoots,
  verdictOfStatus,
  type Answer,
  type AnswerReading,
  type CompiledIntegration,
  type ConditionMoment,
  type FrozenRequest,
  type JsonObject,
  type LifecycleEvent,
} from '@patchbay/edi';
import type { CaseAnswer, CaseAnswers, ExpectedResult } from './case';
import { answerOf, type Prepared } from './prepare';
import { sentRequest, type SentRequest } from './sent-request';

/** What a chain came to, by the names of its integrations. */
export interface Walk {
  /** Every call in the order it began, retries included. */
  order: string[];
  leftOut: string[];
  skipped: string[];
  results: ExpectedResult[];
  /** The latest request of each. */
  requests: Record<string, SentRequest>;
}

interface State extends Walk {
  event: LifecycleEvent;
  moment: ConditionMoment;
  prepared: Prepared[];
  answers: Record<string, CaseAnswers>;
  saved: JsonObject;
  setsDone: string[];
  started: number;
  calls: Map<string, number>;
  frozen: Map<string, FrozenRequest>;
  /** Members whose call failed and may be made again, by the answers the case still has. */
  due: string[];
}

const longestChain = 3;

/** Walks the chain of an event as language.md section 3.3 says, with the answers of the case; retries until none is due. */
export function walkChain(
  prepared: Prepared[],
  event: LifecycleEvent,
  answers: Record<string, CaseAnswers>,
  moment: ConditionMoment,
): Walk {
  const state: State = {
    event,
    moment,
    prepared,
    answers,
    saved: {},
    setsDone: [],
    started: 0,
    calls: new Map(),
    frozen: new Map(),
    due: [],
    order: [],
    leftOut: [],
    skipped: [],
    results: [],
    requests: {},
  };
  const chain = buildMatchIndex(prepared.flatMap(({ compiled }) => compiled ?? [])).match(event);
  pass(chain, state);
  while (state.due.length > 0) {
    const again = new Set([...state.due, ...state.skipped]);
    state.due = [];
    state.skipped = [];
    pass(
      chain.filter(({ record }) => again.has(record.name)),
      state,
    );
  }
  return state;
}

function pass(chain: CompiledIntegration[], state: State): void {
  for (const integration of chain) visit(integration, state);
}

function visit(integration: CompiledIntegration, state: State): void {
  const { name } = integration.record;
  const event = eventFor(state);
  if (!state.calls.has(name)) {
    if (state.started >= longestChain) {
      state.leftOut.push(name);
      return;
    }
    const outcome = integration.condition?.evaluate(event.event, event.contact, state.moment);
    if (outcome && !('holds' in outcome && outcome.holds)) {
      state.skipped.push(name);
      return;
    }
    state.started++;
  }
  call(integration, event, state);
}

function call(integration: CompiledIntegration, event: LifecycleEvent, state: State): void {
  const { name } = integration.record;
  const number = state.calls.get(name) ?? 0;
  state.calls.set(name, number + 1);
  state.order.push(name);
  const secrets = state.prepared.find(({ compiled }) => compiled === integration)?.secrets ?? {};
  const request = sentRequest(integration, event, secrets, state.frozen.get(name));
  if ('fault' in request) return;
  if (!state.frozen.has(name)) state.frozen.set(name, renderFrozen(integration, { ...event }));
  state.requests[name] = request;
  // A listener and a delayed call are not waited for: nothing of them is seen later.
  if (!integration.isMember || integration.delay) return;
  const answer = integration.url === 'echo' ? echoed(request) : answerAt(state.answers[name], number);
  const reading = read(integration, event, request, answer, state);
  if (reading === 'retry') {
    if (hasMore(state.answers[name], number)) state.due.push(name);
    return;
  }
  keep(name, reading, state);
}

function read(
  integration: CompiledIntegration,
  event: LifecycleEvent,
  { method, url }: SentRequest,
  answer: Answer | undefined,
  { setsDone }: State,
): AnswerReading | 'retry' {
  const { record, response } = integration;
  const policy = policyOf(record.delivery, record.configuration, event.contact.channel_type);
  const verdict = answer ? verdictOfStatus(answer.status, policy.accept) : 'retry';
  if (verdict === 'retry') return 'retry';
  const roots = responseRoots(event, { configId: record.id, method, url }, answer && readResponse(answer), response);
  if (verdict === 'succeeded') return readAnswer(response, event, roots, setsDone);
  return { set: {}, ...readSave(debugSaves(response.save), roots) };
}

function keep(name: string, { set, save }: AnswerReading, state: State): void {
  state.saved = { ...state.saved, ...save };
  state.setsDone.push(...Object.keys(set));
  const result = {
    integration: name,
    ...(Object.keys(set).length > 0 && { set }),
    ...(Object.keys(save).length > 0 && { save }),
  };
  if (result.set || result.save) state.results.push(result);
}

/** Only attached data changes along a chain. */
function eventFor({ event, saved }: State): LifecycleEvent {
  return { ...event, contact: { ...event.contact, attached_data: { ...event.contact.attached_data, ...saved } } };
}

function echoed({ body = '{}' }: SentRequest): Answer {
  return { ...answerOf({ text: body, duration: 0 }), headers: { 'content-type': 'application/json' } };
}

function answerAt(answers: CaseAnswers | undefined, number: number): Answer | undefined {
  const one = Array.isArray(answers) ? answers[Math.min(number, answers.length - 1)] : (answers ?? {});
  return one === undefined || one === 'no-answer' ? undefined : answerOf(one as CaseAnswer);
}

function hasMore(answers: CaseAnswers | undefined, number: number): boolean {
  return Array.isArray(answers) && number + 1 < answers.length;
}
