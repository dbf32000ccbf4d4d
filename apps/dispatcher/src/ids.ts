import { v5 } from 'uuid';

// Ids that must be the same again are derived, so a repeat writes nothing twice (architecture.md section 2, "Ids").

const namespace = '5d1ab14b-62a5-4d6f-9d2c-0d6f5b7c1f6a';
const derive = (...parts: (string | number)[]) => v5(parts.join('\n'), namespace);

/** The Idempotency-Key of an integration's reaction to an event: stable through retries, redelivery and replay. */
export const idempotencyKey = (eventId: string, integrationId: string) => derive('key', eventId, integrationId);

/** A replay is a new delivery under the same key. */
export const deliveryIdOf = (key: string, replayId = '0') => derive('delivery', key, replayId);

export const attemptIdOf = (deliveryId: string, attempt: number) => derive('attempt', deliveryId, attempt);

export const resultIdOf = (deliveryId: string) => derive('result', deliveryId);

/** A job of an event: `pass` is how many attempts were made before it. */
export const jobIdOf = (firstDeliveryId: string, pass: number) => derive('job', firstDeliveryId, pass);

/** The record of one pass over an event: the fresh event, or one of its jobs. */
export const recordIdOf = (workId: string) => derive('record', workId);

/** 0 <= x < 1, the same for the same delivery on every retry and in explain. */
export const randomOf = (eventId: string, integrationId: string) =>
  Number.parseInt(derive('random', eventId, integrationId).slice(0, 8), 16) / 2 ** 32;
