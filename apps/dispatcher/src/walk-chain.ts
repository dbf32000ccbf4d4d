import { byWalkOrder, longestChain, type JsonObject, type LifecycleEvent } from '@patchbay/edi';
import { asItWas } from './as-it-was';
import { type Configuration, type ReadyIntegration } from './configuration';
import { orderOf, type CallTools } from './attempt';
import { delayed, deliver } from './deliver';
import { isParked, withoutCall, type DeliveryHead, type DeliveryOutcome } from './delivery-outcome';
import { deliveryIdOf, idempotencyKey, randomOf } from './ids';
import type { SerialQueue } from './serial-queue';
import type { DueDelivery, Replay, Work } from './work';

/** What a walk needs: the world of a call, and the order of listeners. */
export interface WalkTools extends CallTools {
  /** A listener's calls are in order per conversation and integration. */
  listeners: SerialQueue;
  /** Told of each outcome at once, before the walk goes on: publishes its result. */
  report(outcome: DeliveryOutcome, work: Work): void;
}

/** What one pass over the chain came to. Listeners may still run when the walk has ended. */
export interface Pass {
  saved: JsonObject;
  setsDone: string[];
  started: number;
  /** Ids of matches after three starts. */
  leftOut: string[];
  /** Integrations a condition left aside. */
  skipped: DeliveryOutcome[];
  /** Set when a member was parked: the rest of the chain waits with it. */
  held: boolean;
  /** Ids of integrations that parking kept from their turn. */
  postponed: string[];
  /** Members' outcomes in walk order. */
  members: DeliveryOutcome[];
  listeners: Promise<DeliveryOutcome>[];
  /** Members of a retried chain whose time has not come. */
  waiting: DueDelivery[];
  matched: number;
}

interface Candidate {
  integrationId: string;
  ready: ReadyIntegration | undefined;
  due: DueDelivery | undefined;
  /** Why the version that a replay asks for cannot be used. */
  unusable?: string;
}

/**
 * Walks the chain once in ordinal order: members one after the other, each seeing what earlier ones saved; listeners
 * are started and left to themselves. A failed member does not stop the walk. Rejects with WorkLost only.
 */
export async function walkChain(
  work: Work,
  configuration: Configuration,
  lost: AbortSignal,
  tools: WalkTools,
): Promise<Pass> {
  const candidates = candidatesOf(work, configuration, tools);
  const pass: Pass = {
    saved: { ...work.saved },
    setsDone: [...work.setsDone],
    started: work.started,
    leftOut: [],
    skipped: [],
    held: false,
    postponed: [],
    members: [],
    listeners: [],
    waiting: [],
    matched: candidates.length,
  };
  for (const candidate of candidates) await visit(candidate, work, pass, lost, tools);
  return pass;
}

function candidatesOf(
  { event, due, skipped, replay, fresh }: Work,
  { index, integrations }: Configuration,
  { suspensions }: WalkTools,
): Candidate[] {
  if (fresh) {
    return index
      .match(event)
      .filter((ready) => !suspensions.has(ready))
      .map(({ record: { id } }) => ({ integrationId: id, ready: integrations.get(id), due: undefined }));
  }
  if (replay) return [replayed(replay, integrations, due[0])];
  const again = [
    ...due.map((one) => ({ id: one.integrationId, due: one })),
    ...skipped.map((id) => ({ id, due: undefined })),
  ];
  return again
    .map(({ id, due: one }): Candidate => ({ integrationId: id, ready: integrations.get(id), due: one }))
    .sort((one, other) => (one.ready && other.ready ? byWalkOrder(one.ready, other.ready) : 0));
}

/** What a replay, or a retry of it, reacts with: the integration as it is, or as it was when the order names that. */
function replayed(
  { integrationId, record }: Replay,
  integrations: Configuration['integrations'],
  due: DueDelivery | undefined,
): Candidate {
  const today = integrations.get(integrationId);
  const then = record && today ? asItWas(record, today) : today;
  if (then && 'unusable' in then) return { integrationId, ready: undefined, due, unusable: then.unusable };
  return { integrationId, ready: then, due };
}

async function visit(candidate: Candidate, work: Work, pass: Pass, lost: AbortSignal, tools: WalkTools): Promise<void> {
  const { ready, due } = candidate;
  const head = headOf(candidate, work);
  if (pass.held) {
    if (due) pass.waiting.push(due);
    else postpone(head, work, pass, tools);
    return;
  }
  if (work.condemned !== undefined) return condemn({ head, reason: work.condemned, due }, pass, tools);
  const cancelled = reasonToCancel(candidate, work, tools);
  if (!ready || cancelled) {
    tools.parking.leave(head.id);
    // Never started and gone meanwhile: nothing to tell about it.
    if (due || work.replay)
      pass.members.push(withoutCall(head, { status: 'cancelled', reason: cancelled ?? 'deleted' }));
    return;
  }
  if (due && due.due > work.dueBy) {
    pass.waiting.push(due);
    return;
  }
  const event = eventFor(work, pass);
  if (!due) {
    if (pass.started >= longestChain) {
      pass.leftOut.push(candidate.integrationId);
      tools.parking.leave(head.id);
      return;
    }
    const aside = reasonToSkip(ready, event, tools);
    if (aside !== undefined) {
      pass.skipped.push(withoutCall(head, { status: 'skipped', reason: aside }));
      tools.parking.leave(head.id);
      return;
    }
    pass.started++;
  }
  const attempt = {
    head,
    ready,
    event,
    lane: work.lane,
    ageFrom: work.ageFrom,
    setFrom: work.setFrom,
    due,
    setsDone: pass.setsDone,
    replayId: work.replay?.replayId,
    redelivered: work.redelivered,
    lost,
  };
  const later = delayed(attempt, tools);
  if (later) {
    pass.listeners.push(Promise.resolve(later));
    return;
  }
  if (head.role === 'listener') {
    pass.listeners.push(
      awaitedLater(tools.listeners.run(orderOf(event, candidate.integrationId), () => deliver(attempt, tools))),
    );
    return;
  }
  const outcome = await deliver(attempt, tools);
  pass.members.push(outcome);
  pass.held = isParked(outcome);
  Object.assign(pass.saved, outcome.save);
  pass.setsDone.push(...Object.keys(outcome.set));
  tools.report(outcome, work);
}

/** Nothing of it is looked at any more, conditions included: any part of it may be what kills. */
function condemn(
  { head, reason, due }: { head: DeliveryHead; reason: string; due: DueDelivery | undefined },
  pass: Pass,
  { parking }: WalkTools,
): void {
  parking.leave(head.id);
  if (!due && pass.started++ >= longestChain) return void pass.leftOut.push(head.integrationId);
  pass.members.push(withoutCall(head, { status: 'dead', reason, failureClass: 'crash_loop', stage: 'before' }));
}

/** The rest of a chain waits with its parked member; later events wait behind it as they do behind that. */
function postpone({ id, integrationId }: DeliveryHead, { event }: Work, pass: Pass, { parking, now }: WalkTools): void {
  pass.postponed.push(integrationId);
  parking.park({ deliveryId: id, integrationId, order: orderOf(event, integrationId) }, 0, now());
}

/** A promise that is awaited at the end; until then its rejection must not count as unhandled. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Only attached data changes along a chain: what the core sent plus what earlier members saved. */
function eventFor({ event }: Work, { saved }: Pass): LifecycleEvent {
  if (Object.keys(saved).length === 0) return event;
  return { ...event, contact: { ...event.contact, attached_data: { ...event.contact.attached_data, ...saved } } };
}

function headOf({ integrationId, ready, due }: Candidate, { event, replay }: Work): DeliveryHead {
  const key = replay?.key ?? idempotencyKey(event.id, integrationId);
  const record = ready?.compiled.record;
  return {
    id: deliveryIdOf(key, replay?.replayId),
    key,
    integrationId,
    integrationName: record?.name ?? due?.integrationName ?? '(deleted)',
    integrationVersion: due?.integrationVersion ?? record?.version ?? 0,
    ordinal: due?.ordinal ?? record?.ordinal ?? 0,
    // What is delayed is not waited for, whatever its answer is for.
    role: due?.role ?? (ready?.compiled.isMember && !ready.compiled.delay ? 'member' : 'listener'),
    method: due?.frozen.method ?? ready?.compiled.method ?? '',
    url: record?.endpointUrl.split(/[?#]/, 1)[0] ?? '',
    attemptCount: due?.attempts ?? 0,
  };
}

/** A retry or replay of an integration that was deleted, disabled or suspended meanwhile ends here. */
function reasonToCancel(
  { ready, unusable }: Candidate,
  { fresh, replay }: Work,
  { suspensions }: WalkTools,
): string | undefined {
  if (fresh) return undefined;
  if (unusable !== undefined) return `version_unusable: ${unusable}`;
  if (!ready) return 'deleted';
  const { record, missingAuthentications } = ready.compiled;
  if (record.suspended || suspensions.has(ready)) return 'suspended';
  if (missingAuthentications.length > 0) return `authentication_missing: ${missingAuthentications.join(', ')}`;
  return record.events.length === 0 && !replay ? 'disabled' : undefined;
}

function reasonToSkip(
  { compiled }: ReadyIntegration,
  { id, event, contact }: LifecycleEvent,
  { now }: WalkTools,
): string | undefined {
  if (!compiled.condition) return undefined;
  const outcome = compiled.condition.evaluate(event, contact, { now: now(), random: randomOf(id, compiled.record.id) });
  if ('error' in outcome) return `condition_error: ${outcome.error}`;
  return outcome.holds ? undefined : 'condition_false';
}
