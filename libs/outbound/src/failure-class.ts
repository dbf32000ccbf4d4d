/** What kept a call from an answer, by what an operator would look at next. */
export type FailureClass = 'dns' | 'refused' | 'reset' | 'timeout' | 'tls' | 'too-large' | 'blocked' | 'protocol';

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
  UND_ERR_DESTROYED: 'reset',
  UND_ERR_CLOSED: 'reset',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  EPROTO: 'tls',
};

/** Codes of OpenSSL's certificate check carry no common prefix beyond these words. */
const certificateCode =
  /^(ERR_TLS|ERR_SSL|CERT|CRL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME|INVALID_CA|PATH_LENGTH|INVALID_PURPOSE)/;

const sentences: Record<FailureClass, string> = {
  dns: 'the host name has no address',
  refused: 'the connection was refused or the host cannot be reached',
  reset: 'the connection was closed before the answer was complete',
  timeout: 'no connection in time',
  tls: 'no trusted TLS connection: check the certificate, its names and its authority',
  'too-large': 'the answer is larger than 1 MiB',
  blocked: 'address not allowed',
  protocol: 'the answer or the request is not valid HTTP',
};

/** The class of an error from undici, the TLS or the network layer, and a sentence that names no address. */
export function classifyFailure(error: unknown): { failureClass: FailureClass; message: string } {
  const code = codeOf(error);
  const failureClass = byCode[code] ?? (certificateCode.test(code) ? 'tls' : 'protocol');
  const detail = failureClass === 'blocked' || code === '' ? '' : ` (${code})`;
  return { failureClass, message: `${sentences[failureClass]}${detail}` };
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}
