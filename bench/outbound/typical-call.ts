import type { CallResult, OutboundRequest } from '@patchbay/outbound';

/** 600 bytes of JSON, as an event is told to a customer's service. */
export const body = (() => {
  const contact = { id: '1166301942A6EE11B3ED', channel_type: 'phone', source: '+358401234567', note: '' };
  const event = { name: 'received', datetime: '2026-11-22T08:44:44.215Z' };
  contact.note = 'x'.repeat(600 - JSON.stringify({ event, contact }).length);
  return JSON.stringify({ event, contact });
})();

/** As the dispatcher sends them, with those of an integration. */
export const headers: Record<string, string> = {
  'content-type': 'application/json',
  accept: 'application/json',
  'user-agent': 'Patchbay',
  'idempotency-key': '5f0c6f0e-4c1a-5d0e-9d6e-0d7f6f3a5b11',
  'x-api-key': 'b7c1f0aa53e94d7d9c52',
  'x-request-id': '0193b7a2-0000-7000-8000-000000000001',
  'accept-language': 'en',
  authorization: `Basic ${Buffer.from('patchbay:secret').toString('base64')}`,
};

/** To one path of the service; eight headers. */
export function typicalRequest(origin: string, path = '/answer'): OutboundRequest {
  return { method: 'POST', url: `${origin}${path}`, headers, body, poolKey: 'integration' };
}

/** Throws unless the service answered with 200: a failed call would be a cheap one. */
export function expectAnswer(result: CallResult): void {
  if (result.kind === 'answer' && result.status === 200) return;
  throw new Error(`a call failed: ${result.kind === 'answer' ? result.status : result.message}`);
}
