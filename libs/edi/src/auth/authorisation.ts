/**
 * What it takes to prove who calls, as data: a kind says which of these it is, the way out carries it out. It holds
 * secrets in the clear, so it lives in memory only.
 */
export type Authorisation =
  | { by: 'headers'; headers: Record<string, string> }
  | { by: 'digest'; username: string; password: string }
  | ({ by: 'oauth' } & ClientCredentials)
  /** Keys as they are written, `whsec_...`; several while they are rotated. */
  | { by: 'signature'; keys: string[] }
  /** Certificate chain and private key in PEM, in one text. */
  | { by: 'certificate'; pem: string };

/** A grant of OAuth 2, RFC 6749 section 4.4. */
export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
  tokenUrl: string;
  scope: string[];
  audience?: string;
  /** Where the client's id and secret go: in an Authorization header, or among the fields. */
  clientAuth: 'basic' | 'body';
}
