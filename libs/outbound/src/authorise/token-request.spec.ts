import type { ClientCredentials } from '@patchbay/edi';
import { tokenRequest } from './token-request';

const secret = 'p%+&=é';

function setup(more: Partial<ClientCredentials> = {}) {
  const request = tokenRequest({
    clientId: 'a:b c',
    clientSecret: secret,
    tokenUrl: 'https://id.example.com/token?tenant=7',
    scope: [],
    clientAuth: 'basic',
    ...more,
  });
  return { request, fields: Object.fromEntries(new URLSearchParams(request.body)) };
}

test('a token is asked for with a form, and JSON is wanted back', () => {
  const { request, fields } = setup();
  expect(request).toMatchObject({ method: 'POST', url: 'https://id.example.com/token?tenant=7' });
  expect(request.headers).toMatchObject({
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  });
  expect(fields).toEqual({ grant_type: 'client_credentials' });
});

test('scopes are joined by spaces, the audience goes along', () => {
  const { fields } = setup({ scope: ['calls.read', 'calls.write'], audience: 'https://api.example.com/' });
  expect(fields).toEqual({
    grant_type: 'client_credentials',
    scope: 'calls.read calls.write',
    audience: 'https://api.example.com/',
  });
});

test('with client_auth basic, id and secret are form-encoded before they are joined by a colon', () => {
  const [scheme, base64 = ''] = setup().request.headers['authorization']?.split(' ') ?? [];
  expect(scheme).toBe('Basic');
  expect(Buffer.from(base64, 'base64').toString()).toBe('a%3Ab+c:p%25%2B%26%3D%C3%A9');
});

test('H2.44: with client_auth basic the secret is in a header only', () => {
  const { request, fields } = setup();
  expect(Object.keys(fields)).toEqual(['grant_type']);
  expect(request.url).toBe('https://id.example.com/token?tenant=7');
});

test('with client_auth body, id and secret are fields and no header', () => {
  const { request, fields } = setup({ clientAuth: 'body' });
  expect(fields).toEqual({ grant_type: 'client_credentials', client_id: 'a:b c', client_secret: secret });
  expect(Object.keys(request.headers)).toEqual(['content-type', 'accept']);
});
