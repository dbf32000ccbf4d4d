import type { AuthenticationKind } from './entry';

// One export is one authentication kind; its name is the `type` in the configuration.

/** Preemptive, UTF-8 (RFC 7617). */
export const basic: AuthenticationKind = {
  summary: 'User name and password in every request (HTTP Basic, RFC 7617).',
  prefix: 'basic:',
  schema: {
    type: 'object',
    properties: { type: { const: 'basic' }, id: { type: 'string', pattern: '^basic:.' } },
    required: ['type'],
    additionalProperties: false,
  },
  writesAuthorization: true,
  authorise: (user, secret) => {
    const bytes = new TextEncoder().encode(`${user}:${secret}`);
    return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
  },
};
