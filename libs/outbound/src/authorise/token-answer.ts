import type { CallAnswer } from '../call-result';

export type TokenAnswer =
  | { kind: 'token'; token: string; lifetimeMs: number }
  /** The text quotes nothing of the answer but its status and a known code: a description may echo what was sent. */
  | { kind: 'none'; why: string; retryable: boolean };

/** Of RFC 6749 section 5.2, RFC 8707 and those that services borrow from section 4.1.2.1. */
const errorCodes = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
]);
const passingCodes = new Set(['server_error', 'temporarily_unavailable']);
const passingStatuses = new Set([408, 425, 429]);

const hourMs = 3_600_000;
/** Visible ASCII: wider than b64token, which not every service keeps to, and still one word of a header. */
const tokenForm = /^[\x21-\x7e]{1,16384}$/;

/** Reads what the token endpoint answered, RFC 6749 sections 5.1 and 5.2. */
export function readTokenAnswer({ status, body }: CallAnswer): TokenAnswer {
  const fields = readFields(body);
  const { access_token: token, token_type: type, expires_in: expiresIn, error } = fields ?? {};
  if (status < 200 || status > 299) return refusal(status, error);
  if (!fields) return broken('the answer is not a JSON object');
  // Some services report errors with status 200.
  if (token === undefined && error !== undefined) return refusal(status, error);
  if (typeof token !== 'string' || token === '') return broken('the answer has no access_token');
  if (!tokenForm.test(token)) return broken('the access_token does not fit into a header');
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return broken('the token_type is not bearer');
  return { kind: 'token', token, lifetimeMs: lifetimeOf(expiresIn) };
}

function refusal(status: number, error: unknown): TokenAnswer {
  const code = typeof error === 'string' && errorCodes.has(error) ? error : undefined;
  const said = error === undefined ? '' : ` with ${code ?? 'an error'}`;
  return { kind: 'none', why: `the token endpoint answered ${status}${said}`, retryable: passes(status, code) };
}

/** Whether it may be over by itself: as with the service, redirects and most client errors are not. */
function passes(status: number, code: string | undefined): boolean {
  if (code !== undefined && passingCodes.has(code)) return true;
  return status < 200 || status > 499 || passingStatuses.has(status);
}

function broken(why: string): TokenAnswer {
  return { kind: 'none', why, retryable: true };
}

/** A service that does not say how long gets an hour; a 401 ends it sooner. */
function lifetimeOf(expiresIn: unknown): number {
  const said = typeof expiresIn === 'string' && /^\d+$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  return typeof said === 'number' ? Math.max(0, said) * 1_000 : hourMs;
}

function readFields(body: Buffer): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(body.toString('utf8'));
    return isObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
