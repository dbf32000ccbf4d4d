import { readResponse, type Answer } from './answer';
import { authenticationKinds } from './auth';
import type { CompiledIntegration } from './compile';
import { debugSaves, responseRoots } from './debug';
import type { LifecycleEvent } from './event';
import type { Method } from './integration';
import { policyOf } from './policy';
import { readAnswer, type AnswerReading } from './read-answer';
import { RenderFault } from './render-fault';
import { renderFrozen, renderTarget } from './request';
import { verdictOfStatus, type Verdict } from './retry';
import { readSave } from './save';

/** What stands in place of a secret. */
export const mask = '********';

/** A request as it would be sent, secrets masked. `url` is `edi://echo` for an echo. */
export interface RequestPreview {
  method: Method;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** Why no request can be made of this event. */
export interface PreviewFault {
  fault: { path: string; code: string; message: string };
}

/** The request as it would be sent for this event, without sending it. */
export function preview(event: LifecycleEvent, integration: CompiledIntegration): RequestPreview | PreviewFault {
  try {
    return render(event, integration);
  } catch (error) {
    if (!(error instanceof RenderFault)) throw error;
    return { fault: { path: error.path, code: error.code, message: error.message } };
  }
}

function render({ event, contact }: LifecycleEvent, integration: CompiledIntegration): RequestPreview {
  const { authentication, url, record } = integration;
  const scope = { event, contact };
  const { method, body, contentType } = renderFrozen(integration, scope);
  const parts = { ...(body !== undefined && { body }) };
  if (url === 'echo') return { method, url: record.endpointUrl, headers: {}, ...parts };
  const masks = Object.fromEntries(
    [...record.authentications, ...integration.missingAuthentications].map((id) => [id, mask]),
  );
  const target = renderTarget(integration, scope, masks);
  const headers = {
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...target.headers,
    // Encoded, a mask would look like a secret.
    ...(authentication &&
      authenticationKinds[authentication.type].writesAuthorization && {
        Authorization: `${authentication.type} ${mask}`,
      }),
  };
  return { method, url: target.url, headers, ...parts };
}

export interface AppliedAnswer extends AnswerReading {
  verdict: Verdict;
}

/** What a given answer would set and save for this event, as if it had come in time and first in its chain. */
export function applyAnswer(event: LifecycleEvent, integration: CompiledIntegration, answer: Answer): AppliedAnswer {
  const { record, response, method } = integration;
  const policy = policyOf(record.delivery, record.configuration, event.contact.channel_type);
  const verdict = verdictOfStatus(answer.status, policy.accept);
  const shown = preview(event, integration);
  const facts = { configId: record.id, method, url: 'url' in shown ? shown.url : record.endpointUrl };
  const roots = responseRoots(event, facts, readResponse(answer), response);
  if (verdict === 'succeeded') return { verdict, ...readAnswer(response, event, roots, []) };
  // A retried failure saves at its terminal outcome only; this shows what it would be then.
  return { verdict, set: {}, ...readSave(debugSaves(response.save), roots) };
}
