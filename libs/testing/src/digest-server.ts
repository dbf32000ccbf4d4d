import { createHash, randomBytes } from 'node:crypto';
import type { CertificateAuthority } from './certificate-authority';
import { startHttpsEndpoint, type HttpsEndpoint, type ReceivedRequest, type Reply } from './https-endpoint';

/** One challenge; parameters that are absent are not in the header. */
export interface DigestOffer {
  /** Any of RFC 7616, or one that nobody knows. */
  algorithm?: string;
  /** E.g. `auth,auth-int`; absent: the form of RFC 2069. */
  qop?: string;
}

export interface DigestServerOptions {
  ca: CertificateAuthority;
  username: string;
  password: string;
  realm?: string;
  /** In the order in which they stand in the header. */
  offers: DigestOffer[];
  /** Asks for user name and password in UTF-8. */
  utf8?: boolean;
  /** Asks for the user name as a hash, and insists. */
  userhash?: boolean;
  /** How often a nonce is good; afterwards it is stale. Without limit unless given. */
  usesPerNonce?: number;
  /** Names a new nonce with every success; the one before is stale from then on. */
  nextNonce?: boolean;
}

/** What the server thought of one request. */
export interface DigestExchange {
  method: string;
  target: string;
  verdict: 'challenged' | 'stale' | 'accepted' | 'refused' | 'malformed';
  /** What is not as RFC 7616 wants it; empty unless malformed. */
  faults: string[];
  nonce?: string;
  nc?: string;
}

export interface DigestServer extends HttpsEndpoint {
  exchanges: DigestExchange[];
}

interface IssuedNonce {
  nonce: string;
  opaque: string;
  offer: DigestOffer;
  counts: Set<string>;
  uses: number;
  stale: boolean;
  /** To what the key of a -sess form is bound, from the first request on. */
  prime?: { nonce: string; cnonce: string };
}

interface Param {
  value: string;
  quoted: boolean;
}

type Params = Map<string, Param>;

const quotedParams = new Set(['username', 'realm', 'nonce', 'uri', 'response', 'cnonce', 'opaque']);
const bareParams = new Set(['username*', 'algorithm', 'qop', 'nc', 'userhash']);
const cryptoNames: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/**
 * An HTTPS server that lets in who proves to know the password by Digest. It takes nothing but the letter of RFC 7616:
 * what is amiss is answered with 400 and written down. A wrong proof is answered with 401, everything else with 200.
 */
export async function startDigestServer(options: DigestServerOptions): Promise<DigestServer> {
  const exchanges: DigestExchange[] = [];
  const issued = new Map<string, IssuedNonce>();

  function issue(offer: DigestOffer): IssuedNonce {
    const [nonce, opaque] = [randomBytes(16).toString('base64'), `"${randomBytes(4).toString('hex')}\\,`];
    const made = { nonce, opaque, offer, counts: new Set<string>(), uses: 0, stale: false };
    issued.set(nonce, made);
    return made;
  }

  function challenge(stale: boolean): Reply {
    const challenges = options.offers.map((offer) => writeChallenge(options, issue(offer), stale));
    return { status: 401, headers: { 'www-authenticate': challenges } };
  }

  function judge(
    request: ReceivedRequest,
  ): { reply: Reply } & Pick<DigestExchange, 'verdict' | 'faults' | 'nonce' | 'nc'> {
    const { authorization } = request.headers;
    if (authorization === undefined) return { reply: challenge(false), verdict: 'challenged', faults: [] };
    const params = readCredentials(authorization);
    const [nonce, nc] = [params?.get('nonce')?.value, params?.get('nc')?.value];
    const known = issued.get(nonce ?? '');
    const seen = { ...(nonce !== undefined && { nonce }), ...(nc !== undefined && { nc }) };
    if (!params) return { ...malformed(['the header does not parse']), ...seen };
    if (!known) return { reply: challenge(true), verdict: 'stale', faults: [], ...seen };
    const faults = findFaults(options, params, known, request);
    if (faults.length > 0) return { ...malformed(faults), ...seen };
    const cnonce = params.get('cnonce')?.value ?? '';
    known.prime ??= { nonce: known.nonce, cnonce };
    if (params.get('response')?.value !== expectedResponse(options, params, known, request))
      return { reply: challenge(false), verdict: 'refused', faults: [], ...seen };
    known.uses += 1;
    if (known.stale || known.uses > (options.usesPerNonce ?? Infinity))
      return { reply: challenge(true), verdict: 'stale', faults: [], ...seen };
    return { reply: letIn(known), verdict: 'accepted', faults: [], ...seen };
  }

  function letIn(known: IssuedNonce): Reply {
    if (!options.nextNonce) return { body: 'let in' };
    const next = issue(known.offer);
    Object.assign(next, { opaque: known.opaque, prime: known.prime });
    known.stale = true;
    return { body: 'let in', headers: { 'authentication-info': `nextnonce="${next.nonce}"` } };
  }

  const endpoint = await startHttpsEndpoint({
    ca: options.ca,
    respond(request) {
      const { reply, ...judged } = judge(request);
      exchanges.push({ method: request.method, target: request.path, ...judged });
      return reply;
    },
  });
  return { ...endpoint, exchanges };
}

function malformed(faults: string[]): { reply: Reply; verdict: 'malformed'; faults: string[] } {
  return { reply: { status: 400, body: faults.join('\n') }, verdict: 'malformed', faults };
}

function writeChallenge({ realm, utf8, userhash }: DigestServerOptions, made: IssuedNonce, stale: boolean): string {
  const { nonce, opaque, offer } = made;
  const params = [
    `realm="${escape(realm ?? defaultRealm)}"`,
    offer.qop !== undefined && `qop="${offer.qop}"`,
    offer.algorithm !== undefined && `algorithm=${offer.algorithm}`,
    `nonce="${nonce}"`,
    `opaque="${escape(opaque)}"`,
    stale && 'stale=true',
    utf8 && 'charset=UTF-8',
    userhash && 'userhash=true',
  ];
  return `Digest ${params.filter((param) => param !== false && param !== undefined).join(', ')}`;
}

const defaultRealm = 'staff, "day" shift';

function escape(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}

/** Undefined for whatever is not `Digest` and a list of parameters, each there once. */
function readCredentials(header: string): Params | undefined {
  const [, list] = /^Digest +(.+)$/i.exec(header) ?? [];
  const param = /^([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))(?:,[ \t]*|$)/;
  const params: Params = new Map();
  for (let rest = list ?? ''; rest !== '';) {
    const [all, name, quoted, bare] = param.exec(rest) ?? [];
    if (all === undefined || name === undefined || params.has(name)) return undefined;
    params.set(name, { value: quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '', quoted: quoted !== undefined });
    rest = rest.slice(all.length);
  }
  return list === undefined ? undefined : params;
}

function findFaults(
  options: DigestServerOptions,
  params: Params,
  { opaque, offer, counts }: IssuedNonce,
  { path }: ReceivedRequest,
): string[] {
  const value = (name: string) => params.get(name)?.value;
  const faults: string[] = [];
  const want = (holds: boolean, fault: string) => void (holds || faults.push(fault));
  for (const [name, { quoted }] of params) {
    want(quotedParams.has(name) || bareParams.has(name), `${name} is not a parameter`);
    want(quoted === quotedParams.has(name), `${name} must ${quoted ? 'not ' : ''}be quoted`);
  }
  for (const name of ['realm', 'nonce', 'uri', 'response']) want(params.has(name), `${name} is missing`);
  want(value('realm') === (options.realm ?? defaultRealm), 'realm is another');
  want(value('uri') === path, 'uri is not the request-target');
  want(value('opaque') === opaque, 'opaque is another');
  want(value('algorithm') === offer.algorithm, 'algorithm is another');
  const offered = offer.qop?.split(/, */) ?? [];
  const [qop, nc, cnonce] = [value('qop'), value('nc'), value('cnonce')];
  want(qop === undefined ? offered.length === 0 : offered.includes(qop), 'qop was not offered');
  want((nc === undefined) === (qop === undefined), 'nc goes with qop');
  want(nc === undefined || /^[0-9a-f]{8}$/.test(nc), 'nc must be eight digits');
  want(nc === undefined || !counts.has(nc), 'nc was used before');
  want((cnonce !== undefined) === (qop !== undefined || isSession(offer)), 'cnonce goes with qop or a session');
  want((value('userhash') === 'true') === (options.userhash === true), 'userhash is not as asked for');
  want(isUser(options, params, offer), 'the user name is another or in the wrong form');
  if (nc !== undefined) counts.add(nc);
  return faults;
}

function isUser(options: DigestServerOptions, params: Params, offer: DigestOffer): boolean {
  const [plain, extended] = [params.get('username')?.value, params.get('username*')?.value];
  const { user } = bytesOf(options);
  if (plain !== undefined && extended !== undefined) return false;
  if (options.userhash) return plain === hashBytes(offer, user, ':', latin1(options.realm ?? defaultRealm));
  if (extended === undefined) return plain !== undefined && latin1(plain).equals(user) && /^[ -~]*$/.test(plain);
  if (/^[ -~]*$/.test(options.username) || !/^UTF-8''(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})*$/.test(extended))
    return false;
  return (
    decodeURIComponent(extended.slice("UTF-8''".length)) ===
    (options.utf8 ? options.username.normalize('NFC') : options.username)
  );
}

function expectedResponse(
  options: DigestServerOptions,
  params: Params,
  { nonce, offer, prime }: IssuedNonce,
  { method, path, body }: ReceivedRequest,
): string {
  const value = (name: string) => params.get(name)?.value ?? '';
  const hash = (...parts: (string | Buffer)[]) => hashBytes(offer, ...parts);
  const { user, password } = bytesOf(options);
  const known = hash(user, ':', latin1(options.realm ?? defaultRealm), ':', password);
  const ha1 = isSession(offer) ? hash(known, ':', prime?.nonce ?? '', ':', prime?.cnonce ?? '') : known;
  const qop = params.get('qop')?.value;
  const ha2 = hash(method, ':', path, ...(qop === 'auth-int' ? [':', hash(body)] : []));
  if (qop === undefined) return hash(ha1, ':', nonce, ':', ha2);
  return hash([ha1, nonce, value('nc'), value('cnonce'), qop, ha2].join(':'));
}

function bytesOf({ username, password, utf8 }: DigestServerOptions): { user: Buffer; password: Buffer } {
  if (utf8) return { user: Buffer.from(username.normalize('NFC')), password: Buffer.from(password.normalize('NFC')) };
  const wide = [...(username + password)].some((char) => char.charCodeAt(0) > 255);
  const encoding = wide ? 'utf8' : 'latin1';
  return { user: Buffer.from(username, encoding), password: Buffer.from(password, encoding) };
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function isSession({ algorithm }: DigestOffer): boolean {
  return algorithm?.endsWith('-sess') ?? false;
}

function hashBytes({ algorithm = 'MD5' }: DigestOffer, ...parts: (string | Buffer)[]): string {
  const hash = createHash(cryptoNames[algorithm.replace(/-sess$/, '')] ?? 'md5');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
