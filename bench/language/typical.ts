import type { Answer, LifecycleEvent } from '@patchbay/edi';

/** As an administrator writes it: POST, eight placeholders in the request, a condition, two sets and two saves. */
export function typicalInput(number: number): Record<string, unknown> {
  return {
    name: `Integration ${number}`,
    description: 'Asks the customer database who is there, and routes by the answer.',
    channel: 'multi',
    endpointUrl: 'https://crm.example.com/conversations/{contact.guid}/decisions',
    ordinal: 1 + (number % 10),
    direction: 'inbound',
    events: ['received', 'transferred', 'forwarded'],
    queues: [queueOf(number)],
    authentications: [
      { id: 'basic:patchbay', secret: 'secret' },
      { id: 'api-key', secret: 'key' },
    ],
    configuration: {
      request: {
        method: 'POST',
        authentication: { type: 'basic' },
        headers: { 'x-api-key': '{authentications.api-key}' },
        condition: "contact.channel_type == 'phone' && contact.attached_data.tier != 'blocked'",
        body: {
          event: '{event}',
          contact: '{contact.id}',
          caller: { phone: '{contact.source}', language: '{contact.language}' },
          queue: '{contact.queue.id}',
          note: 'tier {contact.attached_data.tier}',
          source: 'patchbay',
        },
      },
      response: {
        set: { priority: '{response.body.priority}', queue: { id: '{response.body.queue.id}' } },
        save: {
          customer_data: { id: '{response.body.customer.id}', name: '{response.body.customer.name}' },
          greeting: 'Hello {response.body.customer.name}',
        },
      },
    },
  };
}

/** A queue of its own for each integration, named as core systems name them. */
export function queueOf(number: number): string {
  return number.toString(16).toUpperCase().padStart(32, 'C9170A42');
}

/** An event in the queue of integration `number`; each is made from its own text, as events come. */
export function typicalEvent(number: number): LifecycleEvent {
  const event: LifecycleEvent = {
    id: `0193b7a2-0000-7000-8000-${String(number).padStart(12, '0')}`,
    event: { name: 'received', datetime: '2026-11-22T08:44:44.215Z' },
    contact: {
      id: `1166301942A6EE11B3ED${String(number).padStart(12, '0')}`,
      guid: `5AB6E20342A6EE11B3ED${String(number).padStart(12, '0')}`,
      channel_type: 'phone',
      channel_sub_type: null,
      direction: 'inbound',
      created: '2026-11-22T08:44:40.000Z',
      language: 'EN',
      priority: 100,
      skills: [{ id: 'C817', value: 5, name: 'billing' }],
      queue: { id: queueOf(number), address: 'phone.queue@example.com' },
      forwarding_queue: null,
      agent: null,
      preferred_agent: null,
      transferring_agent: null,
      required_agents: null,
      source: `+3584012${String(number).padStart(6, '0')}`,
      destination: '+358942720000',
      attached_data: { tier: 'gold', account: 4711 + number },
    },
  };
  return JSON.parse(JSON.stringify(event)) as LifecycleEvent;
}

/** The service's answer to that event, as bytes. */
export function typicalAnswer(number: number): Answer {
  const body = {
    priority: 50,
    queue: { id: 'vip' },
    customer: { id: `K-${number}`, name: 'Aino Virtanen', phones: ['+358401234567'], tier: 'gold', since: 2014 },
    contracts: [{ id: 1, product: 'broadband', monthly: 29.9 }],
  };
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', date: 'Sun, 22 Nov 2026 08:44:44 GMT' },
    body: Buffer.from(JSON.stringify(body)),
    durationSeconds: 0.042,
  };
}
