/** One challenge of a WWW-Authenticate header (RFC 9110, section 11.6.1). Text is as in the header: one char per byte. */
export interface Challenge {
  /** Lower case. */
  scheme: string;
  /** By name in lower case; quoted strings without quotes and escapes. The first of several with one name. */
  params: ReadonlyMap<string, string>;
  token68?: string;
}

/** A challenge of Digest (RFC 7616) that can be answered, in the form in which it will be. */
export interface DigestChallenge {
  realm: string;
  nonce: string;
  opaque?: string;
  /** As it was offered, to be echoed. */
  algorithm?: string;
  hash: DigestHash;
  /** Whether the algorithm is a -sess form. */
  session: boolean;
  /** Absent: the form of RFC 2069. */
  qop?: 'auth' | 'auth-int';
  userhash: boolean;
  /** Whether the service wants user name and password in UTF-8. */
  utf8: boolean;
  stale: boolean;
}

/** From the weakest to the strongest. */
const hashes = ['md5', 'sha256', 'sha512-256'] as const;
/** As node's crypto calls it. */
export type DigestHash = (typeof hashes)[number];

const hashesByName: Record<string, DigestHash> = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' };

/** Characters of a header that are read; a service that sends more is not listened to. */
const mostChars = 16_384;

const gap = /[ \t]*/y;
const separators = /[ \t,]*/y;
const token = /[\w!#$%&'*+.^`|~-]+/y;
const token68 = /[\w.~+/-]+=*/y;
/** Wider than the grammar: services forget the quotes around base64. */
const bareValue = /[^ \t,"]+/y;
const quotedValue = /"(?:[^"\\]|\\.)*"/sy;
const untilComma = /[^,]*/y;

/**
 * Reads the challenges of one header, or of several joined by commas. Throws never: what fits no rule is skipped up to
 * the next comma. Takes time in proportion to the length.
 */
export function parseChallenges(header: string): Challenge[] {
  const reader = new Reader(header.slice(0, mostChars));
  const challenges: { scheme: string; params: Map<string, string>; token68?: string }[] = [];
  while (!reader.atEnd()) {
    const current = challenges.at(-1);
    const param = reader.param();
    const scheme = param ? undefined : reader.scheme();
    if (param) {
      // One without a scheme before it belongs to nobody.
      if (current) addParam(current.params, param);
    } else if (scheme !== undefined) {
      challenges.push({ scheme, params: new Map(), ...reader.token68() });
    } else reader.skip();
  }
  return challenges;
}

/** Reads a list of parameters without a scheme, e.g. Authentication-Info (RFC 7615), by the same rules. */
export function parseAuthParams(header: string): Map<string, string> {
  const reader = new Reader(header.slice(0, mostChars));
  const params = new Map<string, string>();
  while (!reader.atEnd()) {
    const param = reader.param();
    if (param) addParam(params, param);
    else reader.skip();
  }
  return params;
}

/** The strongest Digest challenge that we can answer, the first of equals; otherwise a sentence about what there was. */
export function chooseDigest(challenges: readonly Challenge[]): DigestChallenge | { fault: string } {
  const digests = challenges.filter(({ scheme }) => scheme === 'digest');
  const answerable = digests.map(readDigest).filter((read) => read !== undefined);
  if (answerable.length === 0) return { fault: describeOffer(challenges, digests) };
  return answerable.reduce((best, other) => (strength(other) > strength(best) ? other : best));
}

function readDigest({ params }: Challenge): DigestChallenge | undefined {
  const [realm, nonce, opaque] = [params.get('realm'), params.get('nonce'), params.get('opaque')];
  const algorithm = params.get('algorithm');
  const { hash, session } = readAlgorithm(algorithm);
  const qop = readQop(params.get('qop'));
  if (realm === undefined || !nonce || !hash || qop === 'unknown') return undefined;
  return {
    realm,
    nonce,
    ...(opaque !== undefined && { opaque }),
    ...(algorithm !== undefined && { algorithm }),
    hash,
    session,
    ...(qop !== 'none' && { qop }),
    userhash: isTrue(params.get('userhash')),
    utf8: params.get('charset')?.toLowerCase() === 'utf-8',
    stale: isTrue(params.get('stale')),
  };
}

function readAlgorithm(name = 'MD5'): { hash: DigestHash | undefined; session: boolean } {
  const [, base = '', session] = /^(.*?)(-sess)?$/s.exec(name.toLowerCase()) ?? [];
  return { hash: Object.hasOwn(hashesByName, base) ? hashesByName[base] : undefined, session: session !== undefined };
}

function readQop(options: string | undefined): 'auth' | 'auth-int' | 'none' | 'unknown' {
  const offered = wordsOf(options ?? '');
  if (offered.length === 0) return 'none';
  if (offered.includes('auth')) return 'auth';
  return offered.includes('auth-int') ? 'auth-int' : 'unknown';
}

function wordsOf(list: string): string[] {
  return list
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

/** First by hash; of the same hash, one with a quality of protection, since only that one stops replays. */
function strength({ hash, qop }: DigestChallenge): number {
  return hashes.indexOf(hash) * 2 + (qop ? 1 : 0);
}

function describeOffer(challenges: readonly Challenge[], digests: readonly Challenge[]): string {
  if (challenges.length === 0) return 'the service answered 401 without a challenge';
  if (digests.length === 0) return `the service offers ${listed(challenges.map(({ scheme }) => scheme))}, not Digest`;
  return `the service offers Digest only as ${listed(digests.map(describeDigest))}, which is not supported`;
}

function describeDigest({ params }: Challenge): string {
  if (!params.has('realm')) return 'a challenge without realm';
  if (!params.get('nonce')) return 'a challenge without nonce';
  const [algorithm = 'MD5', qop] = [params.get('algorithm'), params.get('qop')];
  return qop === undefined ? algorithm : `${algorithm} with qop ${qop}`;
}

/** A few words of the service's own, cut and cleaned for a message. */
function listed(words: readonly string[]): string {
  const clean = [...new Set(words)].map((word) => word.replace(/[^ -~]/g, '?').slice(0, 40));
  return clean.length > 4 ? `${clean.slice(0, 4).join(', ')} and more` : clean.join(', ');
}

interface Param {
  name: string;
  value: string;
}

function addParam(params: Map<string, string>, { name, value }: Param): void {
  if (!params.has(name)) params.set(name, value);
}

/** Stands at the start of a list element whenever one of its methods begins; each moves on or leaves it where it was. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    this.take(separators);
    return this.at >= this.text.length;
  }

  /** `name=value`, with white space around the sign; undefined if none is here. */
  param(): Param | undefined {
    const start = this.at;
    const name = this.take(token);
    this.take(gap);
    if (name === '' || this.text[this.at] !== '=') return this.backTo(start);
    this.at += 1;
    this.take(gap);
    const value = this.value();
    return value === undefined ? undefined : { name: name.toLowerCase(), value };
  }

  /** A scheme's name, in lower case; undefined if none is here. */
  scheme(): string | undefined {
    const start = this.at;
    const name = this.take(token);
    if (name === '' || !/^[ \t,]?$/.test(this.text.charAt(this.at))) return this.backTo(start);
    this.take(gap);
    return name.toLowerCase();
  }

  /** What follows a scheme's name if it is no parameter. */
  token68(): { token68?: string } {
    const start = this.at;
    const found = this.take(token68);
    this.take(gap);
    const ends = found !== '' && /^,?$/.test(this.text.charAt(this.at));
    if (!ends) this.backTo(start);
    return ends ? { token68: found } : {};
  }

  /** Moves past what fits no rule: a quoted string, or all up to the next comma. */
  skip(): void {
    if (this.text[this.at] === '"') this.value();
    else this.take(untilComma);
  }

  /** Undefined for a quoted string without an end; all the rest is in it. */
  private value(): string | undefined {
    if (this.text[this.at] !== '"') return this.take(bareValue);
    const quoted = this.take(quotedValue);
    if (quoted !== '') return quoted.slice(1, -1).replace(/\\(.)/gs, '$1');
    this.at = this.text.length;
    return undefined;
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ''] = pattern.exec(this.text) ?? [];
    this.at += found.length;
    return found;
  }

  private backTo(start: number): undefined {
    this.at = start;
  }
}
