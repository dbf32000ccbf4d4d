import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/** What TLS connections are made with: the trusted authorities and, for some, a certificate of our own. */
export interface SecureContexts {
  /** The context of a user, made at first use; throws UnusableCertificate, each time again. */
  of(user: object, certificatePem: string | undefined): SecureContext;
  /** The user is gone; what nobody uses any more is forgotten. */
  release(user: object, certificatePem: string | undefined): void;
}

/** The client certificate is no certificate with its private key. Says no more: OpenSSL's words may quote from it. */
export class UnusableCertificate extends Error {
  readonly code = 'UNUSABLE_CERTIFICATE';
}

interface Shared {
  context: SecureContext | UnusableCertificate;
  users: Set<object>;
}

/** TLS 1.2 at least; `caPem` is trusted besides the usual authorities. */
export function createSecureContexts(caPem: string | undefined): SecureContexts {
  const ca = caPem === undefined ? undefined : [...rootCertificates, caPem];
  const make = (pem?: string) => createSecureContext({ ca, cert: pem, key: pem, minVersion: 'TLSv1.2' });
  // Parsing the authorities costs more than a connection, and the parsed ones more memory than a hundred.
  const plain = make();
  const shared = new Map<string, Shared>();

  const tryToMake = (pem: string) => {
    try {
      // Node takes an empty text for none, and would go without.
      return pem === '' ? new UnusableCertificate() : make(pem);
    } catch {
      return new UnusableCertificate();
    }
  };

  return {
    of(user, pem) {
      if (pem === undefined) return plain;
      let entry = shared.get(pem);
      if (!entry) shared.set(pem, (entry = { context: tryToMake(pem), users: new Set() }));
      entry.users.add(user);
      if (entry.context instanceof UnusableCertificate) throw entry.context;
      return entry.context;
    },
    release(user, pem) {
      const entry = pem === undefined ? undefined : shared.get(pem);
      entry?.users.delete(user);
      if (entry?.users.size === 0) shared.delete(pem!);
    },
  };
}
