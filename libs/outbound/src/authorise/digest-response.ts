import { createHash } from 'node:crypto';
import type { DigestChallenge } from './digest-challenge';

export interface DigestCredentials {
  username: string;
  password: string;
}

/** What a request adds to challenge and credentials. */
export interface DigestUse {
  method: string;
  /** The request-target, byte for byte. */
  target: string;
  body?: string;
  /** How many requests have used the nonce, this one included: 1 to 0xffffffff. */
  count: number;
  cnonce: string;
  /** The nonces to which the key of a -sess form is bound; those of its first request (RFC 7616, section 3.4.2). */
  prime: { nonce: string; cnonce: string };
}

/**
 * The value of the Authorization header (RFC 7616, section 3.4), one char per byte. Without a qop in the challenge in
 * the form of RFC 2069, which has neither cnonce nor nc; only a -sess form needs the cnonce even then.
 */
export function writeAuthorization(challenge: DigestChallenge, credentials: DigestCredentials, use: DigestUse): string {
  const { realm, nonce, opaque, algorithm, session, qop, userhash } = challenge;
  const params: (string | false)[] = [
    writeUsername(challenge, credentials),
    `realm=${quote(realm)}`,
    `uri=${quote(use.target)}`,
    algorithm !== undefined && `algorithm=${algorithm}`,
    `nonce=${quote(nonce)}`,
    qop !== undefined && `nc=${writeCount(use.count)}`,
    (qop !== undefined || session) && `cnonce=${quote(use.cnonce)}`,
    qop !== undefined && `qop=${qop}`,
    `response=${quote(digestResponse(challenge, credentials, use))}`,
    opaque !== undefined && `opaque=${quote(opaque)}`,
    userhash && 'userhash=true',
  ];
  return `Digest ${params.filter((param) => param !== false).join(', ')}`;
}

/** RFC 7616, sections 3.4.1 to 3.4.3, in hexadecimal digits. */
export function digestResponse(challenge: DigestChallenge, credentials: DigestCredentials, use: DigestUse): string {
  const { nonce, hash, qop } = challenge;
  const h = (text: string) => createHash(hash).update(text, 'latin1').digest('hex');
  const entity =
    qop === 'auth-int'
      ? `:${createHash(hash)
          .update(use.body ?? '', 'utf8')
          .digest('hex')}`
      : '';
  const a2 = `${use.method}:${use.target}${entity}`;
  const middle = qop === undefined ? nonce : `${nonce}:${writeCount(use.count)}:${use.cnonce}:${qop}`;
  return h(`${h(secretOf(challenge, credentials, use))}:${middle}:${h(a2)}`);
}

/** A1, one char per byte. */
function secretOf(challenge: DigestChallenge, credentials: DigestCredentials, { prime }: DigestUse): string {
  const { realm, hash, session } = challenge;
  const asBytes = encoderOf(challenge, credentials);
  const a1 = `${asBytes(credentials.username)}:${realm}:${asBytes(credentials.password)}`;
  if (!session) return a1;
  return `${createHash(hash).update(a1, 'latin1').digest('hex')}:${prime.nonce}:${prime.cnonce}`;
}

function writeUsername(challenge: DigestChallenge, credentials: DigestCredentials): string {
  const { realm, hash, userhash, utf8 } = challenge;
  const { username } = credentials;
  if (userhash) {
    const bytes = `${encoderOf(challenge, credentials)(username)}:${realm}`;
    return `username="${createHash(hash).update(bytes, 'latin1').digest('hex')}"`;
  }
  if (/^[ -~]*$/.test(username)) return `username=${quote(username)}`;
  return `username*=UTF-8''${percentEncode(utf8 ? username.normalize('NFC') : username)}`;
}

/**
 * How names and passwords become bytes, one char per byte. A service that does not ask for UTF-8 most likely compares
 * ISO-8859-1; what that cannot hold goes as UTF-8 whatever the service says, the name and the password alike.
 */
function encoderOf({ utf8 }: DigestChallenge, { username, password }: DigestCredentials): (text: string) => string {
  if (utf8) return (text) => utf8Bytes(text.normalize('NFC'));
  const fits = !/[^\0-\xff]/.test(username + password);
  return fits ? (text) => text : utf8Bytes;
}

function utf8Bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** RFC 5987, section 3.2.1: all but attr-char. */
function percentEncode(text: string): string {
  const encode = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return utf8Bytes(text).replace(/[^A-Za-z0-9!#$&+.^_`|~-]/g, encode);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function writeCount(count: number): string {
  return count.toString(16).padStart(8, '0');
}
