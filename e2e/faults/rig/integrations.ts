/** What every call of the suite tells: which event of which conversation it is about. */
const requestBody = { event: '{event}', contact: '{contact}' };

/** The services that every event of the suite calls: one whose answer is used, and one that only listens. */
export const services = ['answering', 'listening'] as const;
export type ServiceName = (typeof services)[number];

/**
 * As config-service takes them, by service. The listener comes first, so that both calls of an event run at a time and
 * neither tells what the other answered.
 * Durable: a test of faults must not run out of attempts by the way.
 */
export function integrationsAt(origin: string, delivery: object = {}): Record<ServiceName, object> {
  const common = (name: string, ordinal: number) => ({
    name,
    ordinal,
    endpointUrl: `${origin}/${name}`,
    events: ['received', 'queued', 'allocated', 'accepted', 'ended'],
    queues: ['faults'],
    authentications: [{ id: 'api-key', secret: canary }],
    delivery: { profile: 'standard', setMaxAge: 3_600, ...delivery },
  });
  const request = {
    method: 'POST',
    headers: { 'x-api-key': '{authentications.api-key}' },
    body: requestBody,
    timeout: 20,
  };
  return {
    answering: {
      ...common('answering', 2),
      configuration: { request, response: { save: { seen: '{response.body.seen}' } } },
    },
    listening: { ...common('listening', 1), configuration: { request } },
  };
}

/** A secret that must never be seen anywhere but on the wire to the service. */
export const canary = 'canary-5f1d7c90a2b64e38';
