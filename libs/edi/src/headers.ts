import { lookUp, placeholdersOf, renderText, type Scope, type Template } from '@patchbay/template';
import { pathOf, type Findings } from './fault';
import { RenderFault, renderLimits } from './render-fault';
import { headerGrammar } from './roots';
import { edited, parseText } from './value-tree';

/** One header: its name as written and its value. */
export type HeaderTemplate = [name: string, value: Template];

const path = 'configuration.request.headers';
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const reserved = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'accept-encoding',
  'traceparent',
]);
const reservedPrefix = /^(proxy-|webhook-)/;

/** Parses `request.headers`; reserved, malformed and twice-spelt names are faults. */
export function parseHeaders(
  headers: Record<string, string | number | boolean>,
  authenticationWritesAuthorization: boolean,
  findings: Findings,
): HeaderTemplate[] {
  const seen = new Map<string, string>();
  return Object.entries(headers).map(([name, value]): HeaderTemplate => {
    const fault = nameFault(name, authenticationWritesAuthorization, seen);
    if (fault) findings.faults.push({ path: pathOf(path, name), ...fault });
    seen.set(name.toLowerCase(), name);
    const { template } = parseText(String(value), headerGrammar, pathOf(path, name), findings);
    refuseWholeAuthentications(template, pathOf(path, name), findings);
    return [name, template];
  });
}

/** A secret is named by its entry; all of them at once never leave. */
function refuseWholeAuthentications(template: Template, at: string, findings: Findings): void {
  const wrong = placeholdersOf(template).find(
    ({ root, path: parts }) => root === 'authentications' && parts.length !== 1,
  );
  if (!wrong) return;
  const message = `${wrong.source} names no entry; a secret is {authentications.<id>} or {authentications['<id>']}`;
  findings.faults.push({ path: at, code: 'authentications', message });
}

function nameFault(name: string, authorizationTaken: boolean, seen: Map<string, string>) {
  const lower = name.toLowerCase();
  if (!token.test(name) || lower === '__proto__') {
    return {
      code: 'bad-header-name',
      message: `${JSON.stringify(name)} is no header name: letters, digits and - only`,
    };
  }
  if (seen.has(lower)) {
    return { code: 'header-twice', message: `"${name}" and "${seen.get(lower)}" are the same header; keep one` };
  }
  if (reserved.has(lower) || reservedPrefix.test(lower)) {
    return { code: 'reserved-header', message: `"${name}" is written by the system; remove it` };
  }
  if (lower === 'authorization' && authorizationTaken) {
    return {
      code: 'reserved-header',
      message: '"Authorization" is written by request.authentication; remove one of the two',
    };
  }
  return undefined;
}

/** Renders headers; a whole value that is missing is left out. Values HTTP cannot carry are RenderFaults, never altered. */
export function renderHeaders(headers: HeaderTemplate[], scope: Scope): Record<string, string> {
  const rendered: Record<string, string> = {};
  let size = 0;
  for (const [name, template] of headers) {
    if (template.whole && (lookUp(scope, template.whole) ?? null) === null) continue;
    const value = renderText(template, scope, edited);
    refuseUnsendable(name, value);
    size += name.length + value.length + 4;
    rendered[name] = value;
  }
  if (size > renderLimits.headers) {
    throw new RenderFault(
      path,
      `the rendered headers are larger than ${renderLimits.headers} bytes`,
      'render_too_large',
    );
  }
  return rendered;
}

/** The value itself stays out of the sentence: it may be a secret. */
function refuseUnsendable(name: string, value: string): void {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code >= 0x20 && code !== 0x7f && !(code >= 0x80 && code < 0xa0) && code <= 0xff) continue;
    const what = code > 0xff ? 'a character outside Latin-1' : 'a control character';
    throw new RenderFault(
      pathOf(path, name),
      `the value has ${what} at position ${at + 1}, which a header cannot carry`,
    );
  }
}
