import type { Authorisation } from '@patchbay/edi';
import { createDigestScheme } from './digest';
import { createOAuthScheme } from './oauth';
import type { Scheme, SchemeTools } from './scheme';
import { createSignatureScheme } from './signature';

/** Finds the scheme of an authorisation, making it at first use; undefined where there is nothing to do per message. */
export function createSchemes(tools: SchemeTools): (authorisation: Authorisation | undefined) => Scheme | undefined {
  // Keyed by the object itself, which a changed integration or secret replaces: its nonces and tokens go with it.
  const known = new WeakMap<Authorisation, Scheme>();
  return (authorisation) => {
    if (authorisation === undefined) return undefined;
    const scheme = known.get(authorisation) ?? createScheme(authorisation, tools);
    if (scheme) known.set(authorisation, scheme);
    return scheme;
  };
}

function createScheme(authorisation: Authorisation, tools: SchemeTools): Scheme | undefined {
  switch (authorisation.by) {
    case 'digest':
      return createDigestScheme(authorisation, tools);
    case 'oauth':
      return createOAuthScheme(authorisation, tools);
    case 'signature':
      return createSignatureScheme(authorisation.keys);
    case 'headers': {
      const { headers } = authorisation;
      return { authorise: () => ({ headers }) };
    }
    // Shown in the TLS handshake: a matter of the connection.
    case 'certificate':
      return undefined;
  }
}
