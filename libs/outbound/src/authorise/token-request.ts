import type { ClientCredentials } from '@patchbay/edi';

/** The request for a token with client credentials, RFC 6749 section 4.4.2. */
export function tokenRequest(credentials: ClientCredentials) {
  const { clientId, clientSecret, tokenUrl, scope, audience, clientAuth } = credentials;
  const fields = new URLSearchParams({ grant_type: 'client_credentials' });
  const scopes = scope.join(' ').trim();
  if (scopes !== '') fields.set('scope', scopes);
  if (audience !== undefined) fields.set('audience', audience);
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  if (clientAuth === 'basic') {
    headers['authorization'] = basicOf(clientId, clientSecret);
  } else {
    fields.set('client_id', clientId);
    fields.set('client_secret', clientSecret);
  }
  return { method: 'POST', url: tokenUrl, headers, body: fields.toString() };
}

/** Unlike plain HTTP Basic, both halves are form-encoded first (RFC 6749 section 2.3.1), so a colon does no harm. */
function basicOf(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')}`;
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
