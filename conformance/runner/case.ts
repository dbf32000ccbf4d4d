import type { Json, JsonObject } from '@patchbay/edi';

/** A fault or warning as a case expects it: what is given is compared. */
export interface ExpectedFinding {
  path?: string;
  code?: string;
}

/** An answer as a case writes it: `body` is sent as JSON, `text` and `base64` as they are. */
export interface CaseAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: Json;
  text?: string;
  base64?: string;
  /** Seconds. */
  duration?: number;
}

/** How an integration's service behaves in a chain: one answer, one per call, `"no-answer"` = a timeout. */
export type CaseAnswers = CaseAnswer | 'no-answer' | (CaseAnswer | 'no-answer')[];

export interface ExpectedResult {
  integration: string;
  set?: JsonObject;
  save?: JsonObject;
}

export interface ExpectedRequest {
  method?: string;
  url?: string;
  /** Names in any case; null = not sent. */
  headers?: Record<string, string | null>;
  /** The parsed JSON of the body. */
  body?: Json;
  /** The body's text; null = sent without a body. */
  text?: string | null;
}

/** What a case claims; conformance/README.md says what each member means. */
export interface Expectation {
  faults?: ExpectedFinding[];
  warnings?: ExpectedFinding[];
  eventFaults?: ExpectedFinding[];
  integration?: JsonObject;
  event?: { id?: string; event?: JsonObject; contact?: JsonObject };
  matches?: boolean;
  rules?: Record<string, boolean>;
  condition?: boolean | 'error';
  plan?: JsonObject;
  policy?: JsonObject;
  request?: ExpectedRequest;
  masked?: ExpectedRequest;
  renderFault?: ExpectedFinding;
  verdict?: string;
  refusedAnswer?: boolean;
  set?: JsonObject;
  save?: JsonObject;
  notDone?: string[];
  order?: string[];
  leftOut?: string[];
  skipped?: string[];
  results?: ExpectedResult[];
  requests?: Record<string, ExpectedRequest>;
}

/** An integration of a chain, as a difference to the base like the case's own. */
export interface ChainIntegration extends JsonObject {
  name: string;
}

/** One claim about the language, as data. */
export interface Case {
  title: string;
  rule: string;
  /** Replaces properties of the base integration. */
  integration?: JsonObject;
  /** Replaces properties of the base's `configuration.request`. */
  request?: JsonObject;
  response?: JsonObject;
  /** The whole integration as written, without the base. */
  record?: Json;
  stored?: string[];
  suspended?: boolean;
  /** Replaces properties of the base event's `event` and `contact`, and its `id`. */
  event?: { id?: string; event?: JsonObject; contact?: JsonObject };
  /** The whole event as published, without the base. */
  message?: Json;
  now?: string;
  random?: number;
  answer?: CaseAnswer;
  integrations?: ChainIntegration[];
  answers?: Record<string, CaseAnswers>;
  expect: Expectation;
}

export const caseMembers = [
  'title',
  'rule',
  'integration',
  'request',
  'response',
  'record',
  'stored',
  'suspended',
  'event',
  'message',
  'now',
  'random',
  'answer',
  'integrations',
  'answers',
  'expect',
];

/** What every case starts from. */
export interface Base {
  integration: JsonObject;
  event: { id: string; event: JsonObject; contact: JsonObject };
}

export interface Area {
  name: string;
  cases: Case[];
}
