import type { CallAnswer } from '../call-result';
import { chooseDigest, parseAuthParams, parseChallenges } from './digest-challenge';
import { createDigestNonces, type DigestNonce } from './digest-nonces';
import { writeAuthorization, type DigestCredentials } from './digest-response';
import type { HttpMessage, Review, Scheme, SchemeTools } from './scheme';

/** What was sent with a message last. */
interface Sent {
  /** Counts all requests of the scheme, so that of two answers it shows whose request left later. */
  order: number;
  nonce?: DigestNonce;
  /** Learnt from the challenge to this very message, and not used yet. */
  own?: DigestNonce;
}

const cnonceBytes = 24;

/**
 * Digest authentication, RFC 7616. The first message goes without proof and is challenged; from then on all use the newest
 * nonce with a growing count, `mostUses` times at most, which is as far as nc can count unless given. The protection space
 * is whatever this object is used for; `domain` is not looked at.
 */
export function createDigestScheme(credentials: DigestCredentials, tools: SchemeTools, mostUses?: number): Scheme {
  const newCnonce = () => tools.randomBytes(cnonceBytes).toString('base64url');
  const nonces = createDigestNonces(newCnonce, mostUses);
  const running = new WeakMap<HttpMessage, Sent>();
  let orders = 0;
  /** With the order of the request whose answer brought it. */
  let newest: { nonce: DigestNonce; order: number } | undefined;

  /** A slow answer never takes everybody back to an older nonce. */
  function learn(nonce: DigestNonce, order: number): DigestNonce {
    if (!newest || order >= newest.order) newest = { nonce, order };
    return nonce;
  }

  function authorise(message: HttpMessage): { headers: Record<string, string> } {
    const nonce = running.get(message)?.own ?? newest?.nonce;
    const count = nonce && nonces.count(nonce);
    const order = (orders += 1);
    if (!nonce || count === undefined) {
      running.set(message, { order });
      return { headers: {} };
    }
    running.set(message, { order, nonce });
    const { method, target, body } = message;
    const { cnonce: sessionCnonce, prime, challenge } = nonce;
    const cnonce = challenge.session ? sessionCnonce : newCnonce();
    const use = { method, target, ...(body !== undefined && { body }), count, cnonce, prime };
    return { headers: { authorization: writeAuthorization(challenge, credentials, use) } };
  }

  function review(answer: CallAnswer, message: HttpMessage, _: Record<string, string>, tries: number): Review {
    const sent = running.get(message) ?? { order: 0 };
    if (answer.status === 401) return challenged(answer, message, sent, tries);
    const next = parseAuthParams(answer.headers['authentication-info'] ?? '').get('nextnonce');
    if (sent.nonce && next) learn(nonces.following(sent.nonce, next), sent.order);
    return { verdict: 'taken' };
  }

  function challenged(answer: CallAnswer, message: HttpMessage, sent: Sent, tries: number): Review {
    const challenge = chooseDigest(parseChallenges(answer.headers['www-authenticate'] ?? ''));
    if ('fault' in challenge) {
      // Nothing to go on with: the next call had better ask anew.
      if (newest?.nonce === sent.nonce) newest = undefined;
      return refused(challenge.fault);
    }
    const own = learn(nonces.ofChallenge(challenge), sent.order);
    const same = own === sent.nonce;
    // Without `stale` the proof itself was wrong. One that was made ahead, from a nonce that the service may have
    // forgotten together with the challenge, gets a second chance; one for a challenge to this message does not.
    const again = sent.nonce === undefined || (!same && (challenge.stale || tries === 1));
    if (!again) return refused('the service does not accept user name and password');
    running.set(message, { ...sent, own });
    return { verdict: 'again' };
  }

  return { authorise, review };
}

function refused(why: string): Review {
  return { verdict: 'refused', message: `auth_failed: ${why}`, side: 'theirs' };
}
