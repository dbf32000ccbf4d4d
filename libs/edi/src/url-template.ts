import { lookUp, type ParsedTemplate, type Placeholder, type Scope, type Template } from '@patchbay/template';
import { percentEncode } from './encode';
import type { Findings } from './fault';
import { RenderFault, renderLimits } from './render-fault';
import { urlGrammar } from './roots';
import { edited, parseText } from './value-tree';

/** An endpoint URL, parsed once. `origin` never changes, whatever the event holds. */
export interface UrlTemplate {
  pieces: Template['pieces'];
  origin: string;
}

const path = 'endpointUrl';

/** Checks and parses an endpoint URL; undefined when it has faults. */
export function parseUrl(source: string, findings: Findings): UrlTemplate | undefined {
  const parsed = parseText(source, urlGrammar, path, findings);
  const faults = [...urlFaults(source, parsed)];
  findings.faults.push(...faults.map(([code, message]) => ({ path, code, message })));
  if (faults.length + parsed.faults.length > 0) return undefined;
  return normalise(parsed.template);
}

/**
 * The fixed parts as a URL has them (host in lower case, other signs percent-encoded, dot segments gone), once: what
 * events bring is unreserved or percent-encoded, so nothing is left to normalise, and the origin cannot change.
 */
function normalise({ source, pieces }: Template): UrlTemplate {
  const mark = freeMark(source);
  const url = new URL(pieces.map((piece) => (typeof piece === 'string' ? piece : mark)).join(''));
  const placeholders = pieces.filter((piece) => typeof piece === 'object');
  const texts = url.href.split(mark);
  return {
    pieces: texts.flatMap((text, at) => (at === 0 ? [text] : [placeholders[at - 1]!, text])),
    origin: url.origin,
  };
}

/** Letters that do not occur in the text. */
function freeMark(text: string): string {
  let mark = 'x';
  while (text.toLowerCase().includes(mark)) mark += 'x';
  return `${mark}0`;
}

/** The text with every placeholder replaced by a letter. */
function filled(template: Template): string {
  return template.pieces.map((piece) => (typeof piece === 'string' ? piece : 'x')).join('');
}

function* urlFaults(source: string, { template, faults }: ParsedTemplate): Generator<[code: string, message: string]> {
  if (!/^https:\/\//i.test(source)) {
    yield ['https-only', 'the endpoint URL starts with https://, or is exactly edi://echo; nothing else is supported'];
    return;
  }
  const first = template.pieces[0];
  if (typeof first !== 'string' || (template.pieces.length > 1 && !/^https:\/\/[^/?#]+[/?]/i.test(first))) {
    yield [
      'static-origin',
      'scheme, host and port are fixed text; placeholders may stand in the path and the query only',
    ];
    return;
  }
  const literal = template.pieces.filter((piece) => typeof piece === 'string').join('');
  if (/[\s\\]/.test(literal) || [...literal].some((sign) => sign.charCodeAt(0) < 0x20 || sign.charCodeAt(0) === 0x7f)) {
    yield ['bad-character', 'the endpoint URL has white space, a backslash or a control character; percent-encode it'];
  }
  if (faults.length === 0 && /[{}]/.test(literal)) {
    yield ['stray-brace', 'the endpoint URL has a brace that is no placeholder; known are {contact...} and {event...}'];
  }
  if (literal.includes('#'))
    yield ['fragment', 'the endpoint URL has a fragment (#...), which is never sent; remove it'];
  yield* parsedUrlFaults(filled(template));
}

function* parsedUrlFaults(text: string): Generator<[code: string, message: string]> {
  if (!URL.canParse(text)) {
    yield ['bad-url', 'the endpoint URL cannot be read as a URL; check host and port'];
    return;
  }
  const url = new URL(text);
  if (url.username || url.password) {
    yield ['userinfo', 'the endpoint URL has a user or password in it; put credentials into the authentication block'];
  }
}

/**
 * Renders the URL for an event: placeholders are percent-encoded by position; one that is missing, null or empty, and
 * a whole segment `.` or `..`, are RenderFaults. `query` is appended to the URL's own query.
 */
export function renderUrl({ pieces }: UrlTemplate, scope: Scope, query: string): string {
  let text = '';
  for (const piece of pieces) text += typeof piece === 'string' ? piece : urlPart(piece, scope);
  if (pieces.length > 1) refuseDotSegments(text);
  if (query !== '') text += (text.includes('?') ? (/[?&]$/.test(text) ? '' : '&') : '?') + query;
  if (text.length > renderLimits.url) {
    throw new RenderFault(path, `the rendered URL is longer than ${renderLimits.url} characters`, 'render_too_large');
  }
  return text;
}

function urlPart(placeholder: Placeholder, scope: Scope): string {
  const value = lookUp(scope, placeholder);
  const text = value === undefined || value === null ? '' : edited(value, placeholder);
  if (text === '')
    throw new RenderFault(path, `${placeholder.source} is missing or empty, so the URL would name another resource`);
  return percentEncode(text, path);
}

const dotSegment = /\/((?:\.|%2e){1,2})(?=\/|$)/i;

/** Whoever parses the URL would collapse these segments and so leave the static prefix. */
function refuseDotSegments(text: string): void {
  const end = text.indexOf('?');
  const dots = dotSegment.exec(end < 0 ? text : text.slice(0, end))?.[1];
  if (dots !== undefined)
    throw new RenderFault(path, `a path segment is "${dots}", which would leave the configured path`);
}
