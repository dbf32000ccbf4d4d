import type { DigestChallenge } from './digest-challenge';

/** What is known of one nonce. */
export interface DigestNonce {
  challenge: DigestChallenge;
  /** Stays the same as long as the nonce: the key of a -sess form hangs on it. */
  cnonce: string;
  /** To what the key of a -sess form is bound. */
  prime: { nonce: string; cnonce: string };
  /** How many requests have used it. */
  uses: number;
}

export interface DigestNonces {
  /** The nonce of a challenge; its count goes on if the service has given the same one before. */
  ofChallenge(challenge: DigestChallenge): DigestNonce;
  /** The nonce that shall follow another without a challenge; a session goes on with the key it has. */
  following(previous: DigestNonce, nonce: string): DigestNonce;
  /** The count for one more request; undefined when the eight digits of nc are used up. */
  count(nonce: DigestNonce): number | undefined;
}

/** So many nonces are remembered, for services that come back to an earlier one, e.g. several behind one name. */
const mostRemembered = 256;
const highestCount = 0xffffffff;

/** Counts the uses of every nonce it remembers, so that none goes out twice with one count. */
export function createDigestNonces(newCnonce: () => string, mostUses = highestCount): DigestNonces {
  const known = new Map<string, DigestNonce>();

  function remember(nonce: DigestNonce): DigestNonce {
    const key = nonce.challenge.nonce;
    known.delete(key);
    known.set(key, nonce);
    if (known.size > mostRemembered) known.delete(known.keys().next().value as string);
    return nonce;
  }

  return {
    ofChallenge(challenge) {
      const earlier = known.get(challenge.nonce);
      const cnonce = earlier?.cnonce ?? newCnonce();
      const prime = { nonce: challenge.nonce, cnonce };
      return remember(earlier ? Object.assign(earlier, { challenge, prime }) : { challenge, cnonce, prime, uses: 0 });
    },
    following(previous, nonce) {
      const { challenge, cnonce, prime } = previous;
      return known.get(nonce) ?? remember({ challenge: { ...challenge, nonce }, cnonce, prime, uses: 0 });
    },
    count(nonce) {
      if (nonce.uses >= mostUses) return undefined;
      remember(nonce);
      return (nonce.uses += 1);
    },
  };
}
