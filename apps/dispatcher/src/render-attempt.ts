import { RenderFault, renderFrozen, renderTarget } from '@patchbay/edi';
import type { Attempt, Rendered } from './attempt';
import { withoutCall, type DeliveryHead, type DeliveryOutcome } from './delivery-outcome';

/** Renders and authorises the request of an attempt; a RenderFault when this event gives none. */
export function renderAttempt({ ready: { compiled, secrets }, event, due }: Attempt): Rendered | RenderFault {
  const scope = { event: event.event, contact: event.contact };
  try {
    const frozen = due?.frozen ?? renderFrozen(compiled, scope);
    if (compiled.url === 'echo') return { frozen, url: compiled.record.endpointUrl, headers: {} };
    return { frozen, ...renderTarget(compiled, scope, secrets) };
  } catch (error) {
    if (error instanceof RenderFault) return error;
    throw error;
  }
}

/** A delivery whose request cannot be made is over before any call. */
export function unrenderable(head: DeliveryHead, { code, path, message }: RenderFault): DeliveryOutcome {
  return withoutCall(head, {
    status: 'dead',
    reason: `${code}: ${path}: ${message}`,
    failureClass: code,
    stage: 'before',
  });
}

/** System headers first, so that a configured Idempotency-Key, Accept or User-Agent replaces ours. */
export function headersOf({ head, replayId }: Attempt, { headers, frozen }: Rendered, number: number, now: number) {
  const configured = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const ours = {
    accept: 'application/json, */*;q=0.5',
    'user-agent': 'Patchbay/1',
    'idempotency-key': head.key,
    'webhook-id': head.key,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'patchbay-attempt': String(number),
    ...(replayId !== undefined && { 'patchbay-replay': replayId }),
    ...(frozen.contentType !== undefined && { 'content-type': frozen.contentType }),
  };
  const missing = Object.entries(ours).filter(([name]) => !configured.has(name));
  return { ...Object.fromEntries(missing), ...headers };
}
