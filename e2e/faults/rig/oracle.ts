import { v5 as uuidv5 } from 'uuid';
import type { ResultMessage } from '@patchbay/contracts';
import { services } from './integrations';
import type { Call } from './call-endpoint';
import type { Sent } from './load';

/** A delivery's row of the record. */
export interface DeliveryRow {
  id: string;
  key: string;
  event_id: string;
  integration_name: string;
  status: string;
  reason: string | null;
  attempt_count: number;
  replay_id: string | null;
}

/** Everything the oracle looks at, taken when all is quiet. */
export interface Evidence {
  sent: Sent[];
  /** Ids whose rejection was expected, and the number of rejected inputs. */
  expectedRejected: number;
  rejected: number;
  deliveries: DeliveryRow[];
  /** Event ids of the record, with how many integrations matched. */
  events: { id: string; matched_count: number }[];
  calls: Call[];
  /** Undefined while nobody takes them. */
  results: ResultMessage[] | undefined;
  /** Integrations of an event; the names of its deliveries. */
  integrations: readonly string[];
}

/** What does not hold, each in words that name the event, and what is only counted. Over everything since the start. */
export interface Findings {
  accepted: number;
  /** Calls beyond the attempts in the record. */
  duplicateCalls: number;
  lost: string[];
  unexpected: string[];
  overlaps: string[];
  outOfOrder: string[];
  /** What breaks any other invariant. */
  others: string[];
}

const terminal = ['succeeded', 'dead', 'skipped', 'expired', 'cancelled'];

/** Checks I1 to I7 of the fault suite, but for the depths of queues: that nothing is quiet shows those. */
export function judge(evidence: Evidence): Findings {
  const accepted = evidence.sent.filter(({ outcome }) => outcome === 'accepted');
  const known = new Set(evidence.sent.filter(({ outcome }) => outcome !== 'refused').map(({ id }) => id));
  return {
    accepted: accepted.length,
    duplicateCalls: duplicatesOf(evidence),
    lost: lostOf(accepted, evidence),
    unexpected: unexpectedOf(known, evidence),
    overlaps: overlapsOf(evidence.calls),
    outOfOrder: outOfOrderOf(evidence),
    others: [
      ...unproved(evidence).map((what) => `I3 ${what}`),
      ...changedCalls(evidence.calls).map((what) => `I4 ${what}`),
      ...wrongResults(evidence).map((what) => `I5 ${what}`),
      ...(evidence.rejected === evidence.expectedRejected ? [] : [`I6 ${evidence.rejected} rejected`]),
    ],
  };
}

/** I1: one terminal row per integration. */
function lostOf(accepted: Sent[], { deliveries, integrations }: Evidence): string[] {
  const ended = new Set(
    deliveries
      .filter(({ status }) => terminal.includes(status))
      .map((row) => `${row.event_id} ${row.integration_name}`),
  );
  return accepted.flatMap(({ id }) =>
    integrations.every((name) => ended.has(`${id} ${name}`)) ? [] : [`${id} has no end`],
  );
}

/** I2: nothing in the record that nobody sent, and nothing twice. */
function unexpectedOf(known: Set<string>, { deliveries, events }: Evidence): string[] {
  const strangers = [...deliveries.map(({ event_id }) => event_id), ...events.map(({ id }) => id)].filter(
    (id) => !known.has(id),
  );
  const fresh = deliveries.filter(({ replay_id }) => replay_id === null);
  const twice = repeated(fresh.map((row) => `${row.event_id} ${row.integration_name}`));
  return [...new Set(strangers)].map((id) => `${id} was never sent`).concat(twice.map((id) => `${id} twice`));
}

/** I3: what the record says happened, the ledger proves. */
function unproved({ deliveries, calls }: Evidence): string[] {
  const succeeded = new Set(calls.filter(({ status = 0 }) => status >= 200 && status < 300).map(({ key }) => key));
  return deliveries.flatMap(({ key, status, reason, event_id }) => {
    if (status === 'succeeded' && !succeeded.has(key)) return [`${event_id} succeeded without a call`];
    if (status === 'dead' && !reason) return [`${event_id} is dead without a reason`];
    return [];
  });
}

/** I4: all calls of a delivery carry one body. */
function changedCalls(calls: Call[]): string[] {
  const hashes = group(calls, ({ key }) => key);
  return [...hashes].flatMap(([key, of]) =>
    new Set(of.map(({ bodyHash }) => bodyHash)).size === 1 ? [] : [`${key} had several bodies`],
  );
}

/** I4: how many calls went out beyond the attempts that the record holds. */
function duplicatesOf({ deliveries, calls }: Evidence): number {
  const attempts = new Map<string, number>();
  for (const { key, attempt_count } of deliveries) attempts.set(key, (attempts.get(key) ?? 0) + attempt_count);
  const made = group(calls, ({ key }) => key);
  return [...made].reduce((sum, [key, of]) => sum + Math.max(0, of.length - (attempts.get(key) ?? 0)), 0);
}

/** I5: every success whose answer is used has its result, under one id. */
function wrongResults({ deliveries, results }: Evidence): string[] {
  if (!results) return [];
  const due = deliveries.filter((row) => row.status === 'succeeded' && row.integration_name === services[0]);
  const wanted = new Set(due.map(({ id }) => uuidv5('result', id)));
  const got = new Set(results.map(({ id }) => id));
  return [
    ...[...wanted].filter((id) => !got.has(id)).map((id) => `result ${id} is missing`),
    ...[...got].filter((id) => !wanted.has(id)).map((id) => `result ${id} belongs to no success`),
  ];
}

/** I7: never two calls of a conversation to one service at a time. */
function overlapsOf(calls: Call[]): string[] {
  return [...group(calls, byConversation)].flatMap(([name, of]) => {
    const inOrder = of.sort((one, other) => one.sequence - other.sequence);
    return inOrder.slice(1).flatMap((call, index) => {
      const before = inOrder[index]!;
      const overlap = (before.endedAt ?? Infinity) - call.at;
      return overlap > 0 ? [`${name}: turn ${before.turn} and ${call.turn}, ${overlap} ms`] : [];
    });
  });
}

/** I7: the first calls of a conversation's events begin in the order of their acceptance. */
function outOfOrderOf({ calls, sent }: Evidence): string[] {
  const certain = new Set(sent.filter(({ outcome }) => outcome === 'accepted').map(({ id }) => id));
  const firsts = [...new Map([...calls].reverse().map((call) => [call.key, call])).values()].filter(({ event }) =>
    certain.has(event),
  );
  return [...group(firsts, byConversation)].flatMap(([name, of]) => {
    const turns = of.sort((one, other) => one.sequence - other.sequence).map(({ turn }) => turn);
    return turns
      .slice(1)
      .flatMap((turn, index) => (turn < turns[index]! ? [`${name}: ${turns[index]} before ${turn}`] : []));
  });
}

function byConversation({ conversation, service }: Call): string {
  return `${conversation} ${service}`;
}

function group<T>(items: T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = by(item);
    const of = groups.get(key);
    if (of) of.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function repeated(keys: string[]): string[] {
  const seen = new Set<string>();
  return keys.filter((key) => seen.size === seen.add(key).size);
}
