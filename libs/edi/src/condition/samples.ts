import { normaliseEvent, type LifecycleEvent } from '../event';
import type { Json, JsonObject } from '../json';

const created = '2026-01-02T03:00:00.000Z';
const datetime = '2026-01-02T03:04:05.678Z';
const minimal = { id: '5AB6E20342A6EE11B3ED58961D1810CC', channel_type: 'phone', direction: 'inbound' };
const agent = { id: 'A1', number: '2001', chat_address: 'agent@example.com' };
const queue = { id: 'Q1', address: 'queue@example.com' };

const complete: JsonObject = {
  ...minimal,
  guid: '5AB6E20342A6EE11B3ED58961D1810CD',
  channel_sub_type: 'text',
  created,
  language: 'EN',
  priority: 100,
  skills: [{ id: 'S1', value: 5, name: 'billing' }],
  queue,
  forwarding_queue: queue,
  agent,
  preferred_agent: agent,
  transferring_agent: agent,
  required_agents: [agent],
  source: '+358401234567',
  destination: '+358407654321',
  attached_data: {},
};

const kinds = [
  ['phone', 'inbound'],
  ['phone', 'outbound'],
  ['chat', 'inbound'],
  ['chat', 'outbound'],
  ['email', 'inbound'],
] as const;

/** The moment the samples are evaluated at. */
export const sampleMoment = { now: Date.parse(datetime), random: 0.25 };

/** An event of each channel and direction with every documented property, by a name for it. */
export const completeSamples: [string, LifecycleEvent][] = kinds.map(([channel_type, direction]) => [
  `an ${direction} ${channel_type} conversation with all its properties`,
  sampleOf({ ...complete, channel_type, direction }),
]);

/** What a publisher has to send, and nothing else. */
export const minimalSample: [string, LifecycleEvent] = [
  'an event with nothing but what it must have',
  sampleOf(minimal),
];

function sampleOf(contact: Record<string, Json>): LifecycleEvent {
  const event = { name: 'queued', datetime };
  return normaliseEvent({ id: 'sample', event, contact: contact as typeof minimal }, (seed) => seed);
}
