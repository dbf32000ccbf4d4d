import type { ChannelType } from './channel';
import type { DeliveryConfiguration, DeliveryProfile, IntegrationConfiguration } from './integration';

/** What a delivery follows, filled in; seconds. */
export interface DeliveryPolicy {
  profile: DeliveryProfile;
  maxAttempts: number;
  /** Counted from the event's datetime. */
  maxAge: number;
  /** A set obtained later is not published. */
  setMaxAge: number;
  /** Statuses besides 2xx that end a delivery well, with nothing set. */
  accept: number[];
  concurrency: number;
  ratePerSecond: number | undefined;
  /** The first ceiling of the retry delay; doubles with each attempt up to an hour. */
  baseDelay: number;
}

const hour = 3_600;
const profiles = {
  live: { maxAttempts: 5, maxAge: undefined, baseDelay: 1 },
  standard: { maxAttempts: 12, maxAge: 24 * hour, baseDelay: 5 },
  patient: { maxAttempts: 18, maxAge: 72 * hour, baseDelay: 5 },
  once: { maxAttempts: 1, maxAge: 24 * hour, baseDelay: 1 },
  'at-most-once': { maxAttempts: 1, maxAge: 24 * hour, baseDelay: 1 },
} as const;

/** The policy of an integration for a contact's channel (language.md section 8). */
export function policyOf(
  delivery: DeliveryConfiguration,
  configuration: IntegrationConfiguration,
  channel: ChannelType,
): DeliveryPolicy {
  const profile = delivery.profile ?? (configuration.response ? 'live' : 'standard');
  const setMaxAge = delivery.setMaxAge ?? (channel === 'email' ? hour : 120);
  const base = profiles[profile];
  return {
    profile,
    maxAttempts: delivery.maxAttempts ?? base.maxAttempts,
    maxAge: delivery.maxAge ?? base.maxAge ?? setMaxAge,
    setMaxAge,
    accept: delivery.accept ?? (configuration.request.method === 'GET' ? [404] : []),
    concurrency: delivery.concurrency ?? 32,
    ratePerSecond: delivery.ratePerSecond,
    baseDelay: base.baseDelay,
  };
}
