import { eventually } from '@patchbay/testing';
import type { System } from './system';

/** A delivery as delivery-log lists it. */
export interface ListedDelivery {
  id: string;
  key: string;
  eventId: string;
  integrationId: string;
  integration: string;
  status: string;
  reason?: string | null;
  attemptCount: number;
  replayOf?: string | null;
}

/** All deliveries of one event. */
export async function deliveriesOf(system: System, eventId: string): Promise<ListedDelivery[]> {
  return (await system.get<{ items: ListedDelivery[] }>('deliveryLog', '/v1/deliveries', { eventId })).items;
}

/** Waits until the integration's delivery for the event has this status. */
export function deliveryWithStatus(
  system: System,
  { eventId, integration, status }: { eventId: string; integration: string; status: string },
  withinMs = 30_000,
): Promise<ListedDelivery> {
  return eventually(
    `a ${status} delivery of "${integration}" for ${eventId}`,
    async () => {
      const listed = await deliveriesOf(system, eventId);
      return listed.find((delivery) => delivery.integration === integration && delivery.status === status);
    },
    withinMs,
  );
}
