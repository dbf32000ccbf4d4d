import type { ChannelType, ContactDirection } from './channel';
import type { Json, JsonObject } from './json';
import type { EventName } from './lifecycle';

export const integrationChannels = ['phone', 'chat', 'email', 'multi'] as const;
export const integrationDirections = ['inbound', 'outbound', 'both'] as const;
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** `configuration.request` of an integration, as the administrator wrote it. */
export interface RequestConfiguration {
  method: Method;
  authentication?: JsonObject;
  headers?: Record<string, string | number | boolean>;
  params?: Record<string, Json>;
  body?: JsonObject | Json[];
  condition?: string;
  timeout?: number | string;
  verify?: boolean;
  proxy?: string;
  block?: boolean;
  delay?: number | string;
  delayMax?: number | string;
}

/** `configuration.response`: what is taken from the answer. */
export interface ResponseConfiguration {
  set?: Record<string, Json>;
  save?: Record<string, Json>;
}

export interface IntegrationConfiguration {
  request: RequestConfiguration;
  response?: ResponseConfiguration;
}

export const deliveryProfiles = ['live', 'standard', 'patient', 'once', 'at-most-once'] as const;
export type DeliveryProfile = (typeof deliveryProfiles)[number];

/** Delivery policy as written; seconds everywhere. What is absent comes from the profile (language.md section 8). */
export interface DeliveryConfiguration {
  profile?: DeliveryProfile;
  maxAttempts?: number;
  maxAge?: number;
  setMaxAge?: number;
  accept?: number[];
  concurrency?: number;
  ratePerSecond?: number;
}

/** Why the system holds an integration back; cleared by an operator. */
export interface Suspension {
  since: string;
  reason: string;
}

/**
 * The integration record (language.md section 2): when to fire, what to call, what to do with the answer.
 * Authentications are listed by id; where their secrets are is the owner's business.
 */
export interface Integration {
  id: string;
  name: string;
  description: string;
  channel: ChannelType | 'multi';
  endpointUrl: string;
  ordinal: number;
  direction: ContactDirection | 'both';
  /** Empty = disabled. */
  events: EventName[];
  direct: { calls: boolean; chats: boolean };
  /** Queue ids, or `["*"]` = every queue. */
  queues: string[];
  /** Ids of the authentication entries that have a secret. */
  authentications: string[];
  configuration: IntegrationConfiguration;
  delivery: DeliveryConfiguration;
  suspended: Suspension | null;
  version: number;
  createdAt: string;
}
