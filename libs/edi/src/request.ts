import type { Scope } from '@patchbay/template';
import { authenticationKinds, type Authorisation } from './auth';
import { writeBody } from './body-text';
import type { CompiledIntegration } from './compile';
import { renderHeaders } from './headers';
import type { Method } from './integration';
import type { Json } from './json';
import { renderParams } from './params';
import { RenderFault, renderLimits } from './render-fault';
import { renderUrl } from './url-template';
import { renderBodyValue } from './value-tree';

/** The part of a request that stays the same through all attempts of a delivery. */
export interface FrozenRequest {
  method: Method;
  contentType?: string;
  body?: string;
}

/** The part that is made anew for each attempt, so that a corrected URL or credential cures pending retries. */
export interface RequestTarget {
  url: string;
  headers: Record<string, string>;
  /** What is left to prove who calls when the call is made; the same object as long as the secrets are the same. */
  authorisation?: Authorisation;
}

const encoder = new TextEncoder();
const bodyPath = 'configuration.request.body';

/** Renders method and body. Throws RenderFault. */
export function renderFrozen(integration: CompiledIntegration, scope: Scope): FrozenRequest {
  const { method, body, contentType, url } = integration;
  if (url === 'echo') return { method, body: withinLimit(JSON.stringify(echoValue(integration, scope))) };
  if (body === undefined) return { method };
  const text = body.kind === 'form' ? renderParams(body.members, scope, bodyPath) : writeBody(body.text, scope);
  return { method, contentType, body: withinLimit(text) };
}

function withinLimit(text: string): string {
  const { body: limit } = renderLimits;
  if (text.length > limit || (text.length * 3 > limit && encoder.encode(text).length > limit)) {
    throw new RenderFault(bodyPath, `the rendered body is larger than ${limit} bytes`, 'render_too_large');
  }
  return text;
}

/** What an echo answers: its body, else its params with their types kept, else an empty object. */
function echoValue({ body, echoParams }: CompiledIntegration, scope: Scope): Json {
  if (body?.kind === 'json') return renderBodyValue(body.tree, scope);
  return echoParams ? renderBodyValue(echoParams, scope) : {};
}

/** Renders URL and headers, with the secrets by entry id. Throws RenderFault; no fault text holds a secret. */
export function renderTarget(
  integration: CompiledIntegration,
  scope: Scope,
  secrets: Readonly<Record<string, string>>,
): RequestTarget {
  const query = renderParams(integration.params, scope, 'configuration.request.params');
  if (integration.url === 'echo') throw new Error('an echo has no address');
  const url = renderUrl(integration.url, scope, query);
  const headers = renderHeaders(integration.headers, { ...scope, authentications: secrets });
  const authorisation = authorisationOf(integration, secrets);
  if (authorisation?.by !== 'headers') return { url, headers, ...(authorisation && { authorisation }) };
  return { url, headers: Object.assign(headers, authorisation.headers) };
}

function authorisationOf(
  { authentication, record }: CompiledIntegration,
  secrets: Readonly<Record<string, string>>,
): Authorisation | undefined {
  if (authentication === undefined) return undefined;
  const { type, entryId } = authentication;
  const known = authorisations.get(secrets)?.[entryId];
  if (known) return known;
  const secret = secrets[entryId];
  if (secret === undefined) throw new RenderFault('authentications', `the entry "${entryId}" has no secret`);
  const { prefix, authorise } = authenticationKinds[type];
  const made = authorise(entryId.slice(prefix.length), secret, record.configuration.request.authentication ?? {});
  authorisations.set(secrets, { ...authorisations.get(secrets), [entryId]: made });
  return made;
}

/** What proves who calls stays the same as long as the secrets do, and is forgotten with them. */
const authorisations = new WeakMap<object, Record<string, Authorisation>>();
