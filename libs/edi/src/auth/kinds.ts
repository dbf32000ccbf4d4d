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
    return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
  },
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
  secret: 'whsec_ and 24 to 64 bytes in base64',
  schema: authenticationSchema('signature'),
  writesAuthorization: false,
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
  secret: 'certificate and key in PEM',
  schema: authenticationSchema('mtls'),
  writesAuthorization: false,
  examples: [{ authentication: { type: 'mtls' }, entryId: 'mtls:crm', secret: '-----BEGIN CERTIFICATE----- ...' }],
};

function authenticationSchema(type: string, properties: object = {}, required: string[] = []): object {
  return {
    type: 'object',
    properties: { type: { const: type }, id: { type: 'string', pattern: `^${type}:.` }, ...properties },
    required: ['type', ...required],
    additionalProperties: false,
  };
}
