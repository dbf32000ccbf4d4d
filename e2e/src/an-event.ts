import { randomUUID } from 'node:crypto';

/** An event as a publisher sends it. */
export interface SentEvent {
  id: string;
  event: { name: string; datetime: string };
  contact: { id: string; channel_type: string; direction: string; [property: string]: unknown };
}

/** An inbound call of its own heading for `queue`, at the moment. */
export function anEvent(name: string, queue: string, contact: Record<string, unknown> = {}): SentEvent {
  const id = randomUUID();
  return {
    id,
    event: { name, datetime: new Date().toISOString() },
    contact: {
      id: `call-${id}`,
      channel_type: 'phone',
      direction: 'inbound',
      source: '+358401234567',
      queue: { id: queue, address: queue },
      ...contact,
    },
  };
}
