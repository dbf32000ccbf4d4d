import type {
  ContactDirection,
  ChannelType,
  EventName,
  Fault,
  Integration,
  Json,
  JsonObject,
  LifecycleEvent,
} from '@patchbay/edi';

// What crosses a process border. Bodies are JSON in UTF-8; a reader ignores unknown fields; a changed meaning is a new
// `.vN` of the type. Times are RFC 3339 in UTC, durations milliseconds, unless a name says otherwise.

export const messageTypes = {
  event: 'patchbay.conversation-event.v1',
  job: 'patchbay.job.v1',
  beat: 'patchbay.beat.v1',
  result: 'patchbay.result.v1',
  outcomes: 'patchbay.outcomes.v1',
  deadLetter: 'patchbay.dead-letter.v1',
  rejected: 'patchbay.rejected.v1',
  configChanged: 'patchbay.config-changed.v1',
  operatorEvent: 'patchbay.operator-event.v1',
} as const;

/** An event in its lane: normalised, with the time it was accepted. Type `event`, message id = event id. */
export interface LaneEvent extends LifecycleEvent {
  acceptedAt: string;
}

/**
 * Work for a lane that is not a fresh event: a retry that waits in a rung until `due`, or a replay.
 * `sealed` holds the work itself (the dispatcher's own format), sealed with the payloads key ring under the AAD
 * `job:<id>`; a replay written by delivery-log is a sealed ReplayOrder.
 */
export interface JobMessage {
  id: string;
  kind: 'retry' | 'replay';
  conversation: string;
  acceptedAt: string;
  /** Not before this time. */
  due: string;
  sealed: string;
}

/** What a replay job asks for: react to this event again, with one integration, as a new delivery. */
export interface ReplayOrder {
  replayId: string;
  /** The delivery that is replayed. */
  replayOf: string;
  integrationId: string;
  event: LifecycleEvent;
  acceptedAt: string;
  /** When the event itself was accepted, by which its set is stale or not; absent: as `acceptedAt`. */
  eventAcceptedAt?: string;
  /** The Idempotency-Key to go out under; absent: that of event and integration. */
  key?: string;
  /** The integration as it was then, for its current secrets; absent: as it is when the replay is dispatched. */
  record?: Integration;
}

/** What one member set or saved, for routing and agent display (language.md section 9). Message id = `id`. */
export interface ResultMessage {
  id: string;
  event: { id: string; name: EventName; datetime: string };
  contact: { id: string; guid: string; channel_type: ChannelType; direction: ContactDirection };
  integration: { id: string; name: string; ordinal: number; version: number };
  /** Routing ignores `set` after this time. */
  expires: string;
  set?: JsonObject;
  save?: JsonObject;
}

export const deliveryStatuses = ['succeeded', 'skipped', 'expired', 'cancelled', 'dead', 'retrying'] as const;
/** All but `retrying` are terminal: they never change. */
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** Before the call, in the call, after the call. */
export type Stage = 'before' | 'call' | 'after';

/** Who has to act on a failure: the owner of the service, or whoever configures and runs Patchbay. */
export type Side = 'theirs' | 'ours';

/** Milliseconds; the first three only when the attempt opened a connection, the others since its start. */
export interface AttemptTiming {
  dnsMs?: number;
  connectMs?: number;
  tlsMs?: number;
  sentMs?: number;
  firstByteMs?: number;
}

/** One try of a delivery. `id` = uuidv5(delivery id, number): writing twice changes nothing. */
export interface AttemptRecord {
  id: string;
  number: number;
  startedAt: string;
  durationMs: number;
  /** HTTP status, when an answer came. */
  status?: number;
  /** Absent when the attempt succeeded. */
  failureClass?: string;
  failure?: string;
  stage?: Stage;
  side?: Side;
  timing?: AttemptTiming;
}

/** One integration's reaction to one event so far. `id` = uuidv5(key, replay id or "0"). */
export interface DeliveryRecord {
  id: string;
  /** The Idempotency-Key: uuidv5(event id, integration id). */
  key: string;
  integrationId: string;
  integrationName: string;
  integrationVersion: number;
  ordinal: number;
  role: 'member' | 'listener';
  status: DeliveryStatus;
  /** Why, for every status but succeeded. */
  reason?: string;
  failureClass?: string;
  stage?: Stage;
  method: string;
  /** Without its query, which may hold personal data. */
  url: string;
  /** The attempts made since the last record; earlier ones were recorded before. */
  attempts: AttemptRecord[];
  /** How many attempts there were in all. */
  attemptCount: number;
  nextAttemptAt?: string;
  /** Names of the operations done and keys saved; their values are in the sealed detail. */
  setNames: string[];
  saveKeys: string[];
  /** What was not done and why, e.g. a priority that is no integer. */
  notDone: { name: string; reason: string }[];
  replayOf?: string;
  replayId?: string;
}

/** What happened to one event, or to one job of it. */
export interface EventRecord {
  /** Unique per record; a record written twice is the same record. */
  id: string;
  eventId: string;
  acceptedAt: string;
  recordedAt: string;
  conversation: string;
  contactId: string;
  channel: ChannelType;
  direction: ContactDirection;
  eventName: EventName;
  eventDatetime: string;
  queueId: string | null;
  lane: number;
  configRevision: number;
  /** Absent on records of retries and replays: the event was recorded with its first record. */
  matchedCount?: number;
  deliveries: DeliveryRecord[];
  /** Ids of integrations that matched after three had started. */
  leftOut: string[];
  /** The retries and parkings that this pass left in the ladder. */
  jobs?: WaitingJob[];
  /** A SealedDetail, sealed with the payloads key ring under the AAD `record:<id>`. */
  sealed: string;
}

/**
 * A job that waits in the ladder, as the record keeps it: enough to publish its JobMessage again, should the broker lose
 * it. Conversation and acceptedAt are the record's.
 */
export interface WaitingJob {
  id: string;
  /** Id of the record that the pass over this job will write: once that is there, the job is done. */
  recordId: string;
  due: string;
  /** As in the JobMessage. */
  sealed: string;
}

/** The part of a record that may hold personal data; the event itself comes with the first record only. */
export interface SealedDetail {
  event?: LifecycleEvent;
  /** By delivery id. */
  results: Record<string, { set?: JsonObject; save?: JsonObject; answerExcerpt?: string }>;
}

/** One message of many records; at most 256. */
export interface OutcomeBatch {
  records: EventRecord[];
}

/** A delivery that ended without success. Message id = delivery id. */
export interface DeadLetterMessage {
  deliveryId: string;
  key: string;
  eventId: string;
  integrationId: string;
  integrationName: string;
  integrationVersion: number;
  conversation: string;
  channel: ChannelType;
  direction: ContactDirection;
  eventName: EventName;
  acceptedAt: string;
  diedAt: string;
  reason: string;
  stage: Stage;
  failureClass: string;
  attemptCount: number;
  replayOf?: string;
  /** The LifecycleEvent, sealed with the payloads key ring under the AAD `dead-letter:<deliveryId>`. */
  sealed: string;
}

/** Input that intake refused; the body as it came, in base64. Message id = `id`. */
export interface RejectedMessage {
  id: string;
  rejectedAt: string;
  source: 'amqp' | 'http';
  reason: string;
  faults: Fault[];
  bodyBase64: string;
}

/** Told to all listeners after a change of the configuration was committed. */
export interface ConfigChangedMessage {
  revision: number;
}

export const operatorEventKinds = [
  'suspended',
  'breaker-open',
  'breaker-half-open',
  'breaker-closed',
  'always-not-found',
] as const;

export type OperatorEventKind = (typeof operatorEventKinds)[number];

/** Something about an integration that an operator should know. Message id = `id`. */
export interface OperatorEvent {
  id: string;
  kind: OperatorEventKind;
  at: string;
  integrationId: string;
  integrationName: string;
  integrationVersion: number;
  /** Number of the dispatcher that saw it. */
  replica: number;
  /** One sentence: what happened, and what follows from it. */
  message: string;
}

/** Anything JSON that a message body may be. */
export type MessageBody = { [key: string]: Json | undefined | unknown };
