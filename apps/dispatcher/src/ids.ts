import { randomOf as deliveryRandom } from '@patchbay/contracts';
import { v5 } from 'uuid';

// Ids that must be the same again are derived, so a repeat writes nothing twice (architecture.md section 2, "Ids").
// A derived id is uuidv5(name, namespace); integrations' ids are UUIDs, so they serve as namespaces.

/** The Idempotency-Key of an integration's reaction to an event: stable through retries, redelivery and replay. */
export const idempotencyKey = (eventId: string, integrationId: string) => v5(eventId, integrationId);

/** A replay is a new delivery under the same key. */
export const deliveryIdOf = (key: string, replayId = '0') => v5(replayId, key);

export const attemptIdOf = (deliveryId: string, attempt: number) => v5(String(attempt), deliveryId);

export const resultIdOf = (deliveryId: string) => v5('result', deliveryId);

/**
 * The job that holds these deliveries, by the work that left it: the same when that is worked on again, and never that
 * of an earlier job, which would be dropped as its repeat.
 */
export const jobIdOf = (firstDeliveryId: string, workId: string) => v5(`job after ${workId}`, firstDeliveryId);

const recordNamespace = '5d1ab14b-62a5-4d6f-9d2c-0d6f5b7c1f6a';

/** The record of one pass over an event: the fresh event, or one of its jobs. */
export const recordIdOf = (workId: string) => v5(workId, recordNamespace);

/** 0 <= x < 1, the same for the same delivery on every retry and in explain. */
export const randomOf = (eventId: string, integrationId: string) => deliveryRandom(eventId, integrationId, v5);
