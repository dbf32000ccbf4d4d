import {
  preview,
  RenderFault,
  renderFrozen,
  renderTarget,
  type CompiledIntegration,
  type Fault,
  type FrozenRequest,
  type LifecycleEvent,
} from '@patchbay/edi';
import type { ExpectedRequest } from './case';
import { differs, type Difference } from './compare';

/** A request as it is sent; an echo has no headers. */
export interface SentRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** The request for this event with its secrets, or why there is none; a body made earlier is sent again. */
export function sentRequest(
  integration: CompiledIntegration,
  { event, contact }: LifecycleEvent,
  secrets: Readonly<Record<string, string>>,
  frozen?: FrozenRequest,
): SentRequest | { fault: Fault } {
  try {
    const scope = { event, contact };
    const { method, body, contentType } = frozen ?? renderFrozen(integration, scope);
    const sent = { method, ...(body !== undefined && { body }) };
    if (integration.url === 'echo') return { ...sent, url: integration.record.endpointUrl, headers: {} };
    const { url, headers } = renderTarget(integration, scope, secrets);
    return { ...sent, url, headers: { ...(contentType !== undefined && { 'content-type': contentType }), ...headers } };
  } catch (error) {
    if (!(error instanceof RenderFault)) throw error;
    return { fault: { path: error.path, code: error.code, message: error.message } };
  }
}

/** The request as people see it: secrets masked. */
export function maskedRequest(integration: CompiledIntegration, event: LifecycleEvent): SentRequest | { fault: Fault } {
  return preview(event, integration);
}

/** Compares what is given of a request: header names in any case, the body as parsed JSON or as text. */
export function requestDiffers(
  what: string,
  expected: ExpectedRequest,
  actual: SentRequest | { fault: Fault } | undefined,
): Difference[] {
  if (actual === undefined || 'fault' in actual) return [{ what, expected, actual }];
  const { method, url, headers, body, text } = expected;
  const sent = Object.fromEntries(Object.entries(actual.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return [
    ...(method === undefined ? [] : differs(`${what}.method`, method, actual.method)),
    ...(url === undefined ? [] : differs(`${what}.url`, url, actual.url)),
    ...Object.entries(headers ?? {}).flatMap(([name, value]) =>
      differs(`${what}.headers.${name}`, value, sent[name.toLowerCase()] ?? null),
    ),
    ...(body === undefined ? [] : differs(`${what}.body`, body, parsed(actual.body))),
    ...(text === undefined ? [] : differs(`${what}.text`, text, actual.body ?? null)),
  ];
}

function parsed(body: string | undefined): unknown {
  return body === undefined ? undefined : JSON.parse(body);
}
