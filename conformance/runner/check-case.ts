import {
  AnswerTooComplex,
  applyAnswer,
  buildMatchIndex,
  explain,
  policyOf,
  type AppliedAnswer,
  type CompiledIntegration,
  type ConditionMoment,
  type Fault,
  type JsonObject,
  type LifecycleEvent,
} from '@patchbay/edi';
import { caseMembers, type Base, type Case, type ChainIntegration, type Expectation } from './case';
import { differs, findingMissing, findingsDiffer, membersDiffer, type Difference } from './compare';
import {
  acceptedEvent,
  answerOf,
  prepareIntegration,
  publishedEvent,
  type IntegrationSource,
  type Prepared,
} from './prepare';
import { maskedRequest, requestDiffers, sentRequest } from './sent-request';
import { walkChain } from './walk-chain';

/** What a case works with once integration and event are made. */
interface Room {
  one: Case;
  prepared: Prepared;
  integration: CompiledIntegration;
  event: LifecycleEvent;
  moment: ConditionMoment;
}

type Check<Name extends keyof Expectation> = (expected: NonNullable<Expectation[Name]>, room: Room) => Difference[];

/** Where the implementation differs from what the case claims; empty when it passes. */
export function checkCase(one: Case, base: Base): Difference[] {
  const unknown = unknownMembers(one);
  if (unknown.length > 0) return [{ what: 'the case itself', expected: 'known members only', actual: unknown }];
  const accepted = acceptedEvent(publishedEvent(one, base));
  if (one.expect.eventFaults)
    return findingsDiffer('eventFaults', one.expect.eventFaults, 'faults' in accepted ? accepted.faults : []);
  if ('faults' in accepted) return unexpected('eventFaults', accepted.faults);
  const moment = { now: Date.parse(one.now ?? accepted.event.event.datetime), random: one.random ?? 0.5 };
  return one.integrations
    ? checkChain(one, accepted.event, moment, base)
    : checkIntegration(one, accepted.event, moment, base);
}

function unknownMembers({ expect, ...rest }: Case): string[] {
  const members = Object.keys(rest).filter((name) => !caseMembers.includes(name));
  const expectations = Object.keys(expect).filter((name) => !Object.hasOwn(checks, name) && !isOuter(name));
  return [...members, ...expectations, ...(Object.keys(expect).length === 0 ? ['an empty expect'] : [])];
}

/** Checked before there is a compiled integration, or for a whole chain. */
function isOuter(name: string): boolean {
  return ['faults', 'warnings', 'eventFaults', 'order', 'leftOut', 'skipped', 'results', 'requests'].includes(name);
}

function unexpected(what: string, faults: Fault[]): Difference[] {
  return [{ what, expected: [], actual: faults.map(({ path, code, message }) => ({ path, code, message })) }];
}

function checkIntegration(one: Case, event: LifecycleEvent, moment: ConditionMoment, base: Base): Difference[] {
  const prepared = prepareIntegration(one, base);
  const { faults: expectedFaults = [], warnings: expectedWarnings, ...rest } = one.expect;
  const differences = [
    ...findingsDiffer('faults', expectedFaults, prepared.faults),
    ...(expectedWarnings ? findingsDiffer('warnings', expectedWarnings, prepared.warnings) : []),
  ];
  const integration = prepared.compiled;
  if (!integration) return differences;
  const room = { one, prepared, integration, event, moment };
  return [
    ...differences,
    ...Object.entries(rest).flatMap(([name, expected]) => checkOf(name)(expected as never, room)),
  ];
}

function checkOf(name: string): Check<never> {
  return checks[name as keyof typeof checks] as Check<never>;
}

const checks: { [Name in keyof Expectation]?: Check<Name> } = {
  integration: (expected, { prepared }) => membersDiffer('integration', expected, prepared.value),
  event: ({ id, event, contact }, room) => [
    ...(id === undefined ? [] : differs('event.id', id, room.event.id)),
    ...membersDiffer('event.event', event ?? {}, room.event.event),
    ...membersDiffer('event.contact', contact ?? {}, room.event.contact),
  ],
  matches: (expected, { integration, event, moment }) => [
    ...differs('matches', expected, buildMatchIndex([integration]).match(event).length === 1),
    ...differs(
      'matches, as explained',
      expected,
      explain(event, integration, moment).rules.every(({ holds }) => holds),
    ),
  ],
  rules: (expected, { integration, event, moment }) => {
    const found = explain(event, integration, moment).rules.map(({ rule, holds }) => [String(rule), holds]);
    return membersDiffer('rules', expected, Object.fromEntries(found) as object);
  },
  condition: (expected, { integration, event, moment }) => {
    const outcome = integration.condition?.evaluate(event.event, event.contact, moment);
    const found = outcome && ('holds' in outcome ? outcome.holds : 'error');
    return found === expected ? [] : [{ what: 'condition', expected, actual: outcome }];
  },
  plan: (expected, { integration: { isMember: member, timeoutMs, verify, delay } }) =>
    membersDiffer('plan', expected, { member, timeout: timeoutMs / 1_000, verify, delay: delay ?? null }),
  policy: (expected, { integration: { record }, event }) =>
    membersDiffer('policy', expected, policyOf(record.delivery, record.configuration, event.contact.channel_type)),
  request: (expected, { integration, event, prepared }) =>
    requestDiffers('request', expected, sentRequest(integration, event, prepared.secrets)),
  masked: (expected, { integration, event }) => requestDiffers('masked', expected, maskedRequest(integration, event)),
  renderFault: (expected, { integration, event, prepared }) => {
    const sent = sentRequest(integration, event, prepared.secrets);
    return 'fault' in sent
      ? findingMissing('renderFault', expected, sent.fault)
      : [{ what: 'renderFault', expected, actual: sent }];
  },
  refusedAnswer: (expected, room) => differs('refusedAnswer', expected, applied(room) === 'refused'),
  verdict: (expected, room) => {
    const { verdict } = appliedOrEmpty(room);
    const failed = verdict === 'retry' || verdict === 'final';
    return expected === 'failed' && failed ? [] : differs('verdict', expected, verdict);
  },
  set: (expected, room) => differs('set', expected, appliedOrEmpty(room).set),
  save: (expected, room) => differs('save', expected, appliedOrEmpty(room).save),
  notDone: (expected, room) =>
    differs(
      'notDone',
      [...expected].sort(),
      appliedOrEmpty(room)
        .notDone?.map(({ name }) => name)
        .sort(),
    ),
};

function applied({ one, integration, event }: Room): AppliedAnswer | 'refused' {
  try {
    return applyAnswer(event, integration, answerOf(one.answer ?? {}));
  } catch (error) {
    if (error instanceof AnswerTooComplex) return 'refused';
    throw error;
  }
}

function appliedOrEmpty(room: Room): Partial<AppliedAnswer> {
  const answer = applied(room);
  return answer === 'refused' ? {} : answer;
}

function checkChain(one: Case, event: LifecycleEvent, moment: ConditionMoment, base: Base): Difference[] {
  const prepared = (one.integrations ?? []).map((each, at) =>
    prepareIntegration(chainSource(each), base, `0b6b1a52-0000-4000-8000-00000000000${at}`),
  );
  const faults = prepared.flatMap((each) => each.faults);
  if (faults.length > 0) return unexpected('faults', faults);
  const walk = walkChain(prepared, event, one.answers ?? {}, moment);
  const { order, leftOut, skipped, results, requests = {} } = one.expect;
  return [
    ...(order ? differs('order', order, walk.order) : []),
    ...(leftOut ? differs('leftOut', leftOut, walk.leftOut) : []),
    ...(skipped ? differs('skipped', skipped, walk.skipped) : []),
    ...(results ? differs('results', results, walk.results) : []),
    ...Object.entries(requests).flatMap(([name, expected]) =>
      requestDiffers(`requests.${name}`, expected, walk.requests[name]),
    ),
  ];
}

function chainSource({ request, response, ...integration }: ChainIntegration): IntegrationSource {
  return { integration, request: request as JsonObject, response: response as JsonObject };
}
