import type { CallFailure } from './call-result';
import { ProxyFailure } from './egress-proxy';

/** What kept a call from an answer, by what an operator would look at next. */
export type FailureClass =
  | 'dns'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'too-large'
  | 'protocol'
  | 'blocked'
  | 'proxy'
  | 'auth'
  | 'token'
  | 'cancelled';

/** The part of a failure that its cause decides. */
export type FailureCause = Pick<CallFailure, 'failureClass' | 'stage' | 'side' | 'message'>;

interface Meaning {
  /** Who has to act; an exception is stated where the failure is made. */
  side: CallFailure['side'];
  /** `before`: it stays so whenever the call is tried, and nothing of the request was sent. */
  stage: CallFailure['stage'];
  sentence: string;
}

/** A connection that was cut by us (closing, cancelling) is `cancelled`; one that was cut otherwise is theirs. */
const meanings: Record<FailureClass, Meaning> = {
  dns: { side: 'theirs', stage: 'call', sentence: 'the host name has no address' },
  refused: { side: 'theirs', stage: 'call', sentence: 'the connection was refused or the host cannot be reached' },
  reset: { side: 'theirs', stage: 'call', sentence: 'the connection was closed before the answer was complete' },
  timeout: { side: 'theirs', stage: 'call', sentence: 'no connection in time' },
  tls: {
    side: 'theirs',
    stage: 'call',
    sentence: 'no trusted TLS connection: check the certificate, its names and its authority',
  },
  'too-large': { side: 'theirs', stage: 'call', sentence: 'the answer is larger than 1 MiB' },
  protocol: { side: 'theirs', stage: 'call', sentence: 'the answer is not valid HTTP' },
  blocked: { side: 'ours', stage: 'before', sentence: 'address not allowed' },
  proxy: { side: 'ours', stage: 'call', sentence: 'the egress proxy cannot be reached' },
  auth: { side: 'ours', stage: 'before', sentence: 'the client certificate cannot be used' },
  token: { side: 'ours', stage: 'call', sentence: 'no token' },
  cancelled: { side: 'ours', stage: 'call', sentence: 'the call was cancelled' },
};

const byCode: Record<string, FailureClass> = {
  ADDRESS_NOT_ALLOWED: 'blocked',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  ENODATA: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_DESTROYED: 'cancelled',
  UND_ERR_CLOSED: 'cancelled',
  UNUSABLE_CERTIFICATE: 'auth',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  EPROTO: 'tls',
};

/** Codes of OpenSSL's certificate check carry no common prefix beyond these words. */
const certificateCode =
  /^(ERR_TLS|ERR_SSL|CERT|CRL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME|INVALID_CA|PATH_LENGTH|INVALID_PURPOSE)/;

/** The service's words when it does not accept our certificate, or misses one. */
const certificateAlert =
  /^ERR_SSL_\w*ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REQUIRED|EXPIRED|REVOKED|UNKNOWN)|UNKNOWN_CA)$/;

/**
 * The cause behind an error of undici, the TLS or the network layer, in a sentence that names no address. `answering`:
 * the head of an answer had come.
 */
export function classifyFailure(error: unknown, answering = false): FailureCause {
  if (error instanceof ProxyFailure)
    return { ...causeOf('proxy', error.message), ...(error.beyond && { side: 'theirs' as const }) };
  const code = codeOf(error);
  if (certificateAlert.test(code)) return refusedCertificate(code);
  // The request itself is none: nothing was sent, and nothing ever will be.
  if (code === 'UND_ERR_INVALID_ARG') return notHttp(code);
  const failureClass = classOf(code, error, answering);
  const { sentence } = meanings[failureClass];
  return causeOf(failureClass, `${sentence}${silent.has(failureClass) || code === '' ? '' : ` (${code})`}`);
}

/** Classes whose sentence says it all. */
const silent = new Set<FailureClass>(['blocked', 'auth', 'cancelled']);

function classOf(code: string, error: unknown, answering: boolean): FailureClass {
  // Before the body began it means a length that is none, or two that contradict each other.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return answering ? 'reset' : 'protocol';
  if (code === 'UND_ERR_SOCKET' && isOutOfTurn(error)) return 'protocol';
  return byCode[code] ?? (certificateCode.test(code) ? 'tls' : 'protocol');
}

/** undici reports answers nobody asked for (100, 101, a second one) as errors of the socket. */
function isOutOfTurn(error: unknown): boolean {
  return error instanceof Error && (error.message === 'bad response' || error.message === 'bad upgrade');
}

function refusedCertificate(code: string): FailureCause {
  return { ...causeOf('auth', `the service did not accept our client certificate (${code})`), stage: 'call' };
}

function notHttp(code: string): FailureCause {
  const message = `the request is not valid HTTP (${code})`;
  return { failureClass: 'protocol', stage: 'before', side: 'ours', message };
}

/** A cause with the side and stage that are usual for its class. */
export function causeOf(failureClass: FailureClass, message: string): FailureCause {
  const { side, stage } = meanings[failureClass];
  return { failureClass, stage, side, message };
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}
