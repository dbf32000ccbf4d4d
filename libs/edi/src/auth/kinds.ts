import type { JsonObject } from '../json';
import type { AuthenticationKind } from './entry';

// One export is one authentication kind; its name is the `type` in the configuration.

/** Preemptive, UTF-8 (RFC 7617). */
export const basic: AuthenticationKind = {
  summary: 'User name and password in every request (HTTP Basic, RFC 7617).',
  prefix: 'basic:',
  names: 'username',
  secret: 'the password',
  schema: authenticationSchema('basic'),
  writesAuthorization: true,
  authorise: (user, secret) => {
    const bytes = new TextEncoder().encode(`${user}:${secret}`);
    return { by: 'headers', headers: { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` } };
  },
  entryFault: (user) => (user.includes(':') ? 'a user name for Basic holds no colon' : undefined),
  examples: [
    {
      authentication: { type: 'basic' },
      entryId: 'basic:Aladdin',
      secret: 'open sesame',
      headers: { Authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
    },
    {
      authentication: { type: 'basic', id: 'basic:test' },
      entryId: 'basic:test',
      secret: '123£',
      headers: { Authorization: 'Basic dGVzdDoxMjPCow==' },
    },
  ],
};

export const digest: AuthenticationKind = {
  summary: 'A proof of the password, made anew for each request from a challenge of the service (RFC 7616).',
  prefix: 'digest:',
  names: 'username',
  secret: 'the password',
  schema: authenticationSchema('digest'),
  writesAuthorization: true,
  authorise: (username, password) => ({ by: 'digest', username, password }),
  entryFault: (username) => (hasControls(username) ? 'a user name holds no control characters' : undefined),
  examples: [{ authentication: { type: 'digest' }, entryId: 'digest:Mufasa', secret: 'Circle of Life' }],
};

export const oauth: AuthenticationKind = {
  summary: 'A bearer token fetched with client credentials and kept until it expires (OAuth 2, RFC 6749 section 4.4).',
  prefix: 'oauth:',
  names: 'client id',
  secret: 'the client secret',
  schema: authenticationSchema(
    'oauth',
    {
      client_id: { type: 'string', minLength: 1 },
      access_token_url: { type: 'string', pattern: '^https://' },
      scope: { type: 'array', items: { type: 'string' } },
      audience: { type: 'string' },
      client_auth: { enum: ['basic', 'body'] },
    },
    ['client_id', 'access_token_url'],
  ),
  writesAuthorization: true,
  authorise: (_, clientSecret, configured) => ({
    by: 'oauth',
    clientId: String(configured['client_id']),
    clientSecret,
    tokenUrl: String(configured['access_token_url']),
    scope: textsOf(configured['scope']),
    ...(typeof configured['audience'] === 'string' && { audience: configured['audience'] }),
    clientAuth: configured['client_auth'] === 'body' ? 'body' : 'basic',
  }),
  examples: [
    {
      authentication: {
        type: 'oauth',
        client_id: 'me',
        access_token_url: 'https://id.example.com/token',
        scope: ['a'],
      },
      entryId: 'oauth:me',
      secret: 's3cret',
    },
  ],
};

export const signature: AuthenticationKind = {
  summary: 'The headers webhook-id, webhook-timestamp and webhook-signature of Standard Webhooks.',
  prefix: 'signature:',
  names: 'name',
  secret: 'whsec_ and 24 to 64 bytes in base64; two of them, separated by a space, while the key is changed',
  schema: authenticationSchema('signature'),
  writesAuthorization: false,
  authorise: (_, secret) => ({ by: 'signature', keys: signingKeys(secret) }),
  entryFault: (_, secret) =>
    signingKeys(secret).every(isSigningKey) ? undefined : 'the key must be whsec_ and 24 to 64 bytes in base64',
  examples: [
    {
      authentication: { type: 'signature' },
      entryId: 'signature:crm',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    },
  ],
};

export const mtls: AuthenticationKind = {
  summary: 'A client certificate shown in the TLS handshake.',
  prefix: 'mtls:',
  names: 'name',
  secret: 'certificate and key in PEM, one after the other; the key not encrypted',
  schema: authenticationSchema('mtls'),
  writesAuthorization: false,
  authorise: (_, pem) => ({ by: 'certificate', pem }),
  entryFault: (_, pem) => certificateFault(pem),
  examples: [
    {
      authentication: { type: 'mtls' },
      entryId: 'mtls:crm',
      secret:
        '-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMIGH...\n-----END PRIVATE KEY-----',
    },
  ],
};

function textsOf(value: JsonObject[string] | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function signingKeys(secret: string): string[] {
  return secret.trim().split(/\s+/);
}

/** Standard Webhooks: a key has 24 to 64 bytes. */
function isSigningKey(key: string): boolean {
  const [, base64] = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(key) ?? [];
  if (base64 === undefined) return false;
  const bytes = (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
  return bytes >= 24 && bytes <= 64;
}

function certificateFault(pem: string): string | undefined {
  if (!hasBlock(pem, 'CERTIFICATE'))
    return 'has no certificate: -----BEGIN CERTIFICATE----- ... -----END CERTIFICATE-----';
  if (hasBlock(pem, 'ENCRYPTED PRIVATE KEY') || pem.includes('Proc-Type: 4,ENCRYPTED')) {
    return 'the private key is encrypted; give it without a passphrase, it is sealed here';
  }
  if (['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'].some((label) => hasBlock(pem, label))) return undefined;
  return 'has no private key: -----BEGIN PRIVATE KEY----- ... -----END PRIVATE KEY-----';
}

function hasBlock(pem: string, label: string): boolean {
  const begin = pem.indexOf(`-----BEGIN ${label}-----`);
  return begin >= 0 && pem.indexOf(`-----END ${label}-----`, begin) > begin;
}

function authenticationSchema(type: string, properties: object = {}, required: string[] = []): object {
  return {
    type: 'object',
    properties: { type: { const: type }, id: { type: 'string', pattern: `^${type}:.` }, ...properties },
    required: ['type', ...required],
    additionalProperties: false,
  };
}
