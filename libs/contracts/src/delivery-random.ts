/** Makes a UUID of version 5 from a name in a namespace; `v5` of the package uuid. */
export type UuidV5 = (name: string, namespace: string) => string;

/** 0 <= x < 1, the same for the same event and integration on every retry, in replay and in explain. */
export function randomOf(eventId: string, integrationId: string, v5: UuidV5): number {
  return Number.parseInt(v5(`random ${eventId}`, integrationId).slice(0, 8), 16) / 2 ** 32;
}
