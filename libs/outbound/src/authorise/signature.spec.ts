import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { createSignatureScheme } from './signature';
import type { HttpMessage } from './scheme';

const newKey = () => `whsec_${randomBytes(32).toString('base64')}`;

const send = () => Promise.reject(new Error('a signature needs no request of its own'));

/** What goes over the wire for this message under these keys. */
async function sign(keys: string[], more: Partial<HttpMessage> = {}) {
  const headers: Record<string, string> = {
    'webhook-id': 'd-17',
    'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
  };
  const message: HttpMessage = {
    method: 'POST',
    origin: 'https://crm.example.com',
    target: '/',
    headers,
    body: '{"a":1}',
    ...more,
  };
  const proof = await createSignatureScheme(keys).authorise(message, send);
  if (!('headers' in proof)) throw new Error(proof.message);
  const sent: Record<string, string> = { ...message.headers, ...proof.headers };
  return { headers: sent, body: message.body ?? '' };
}

const verifies = (key: string, { headers, body }: Awaited<ReturnType<typeof sign>>) => {
  new Webhook(key).verify(body, headers);
};

test('H2.37: the signature is that of the Standard Webhooks specification', async () => {
  const headers = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330' };
  const signed = await sign(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], { headers, body: '{"test": 2432232314}' });
  expect(signed.headers).toEqual({
    ...headers,
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('H2.37: the standardwebhooks package verifies what is signed, for every key and body', async () => {
  const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
  await fc.assert(
    fc.asyncProperty(bytes, fc.jsonValue(), async (secret, value) => {
      const key = `whsec_${Buffer.from(secret).toString('base64')}`;
      verifies(key, await sign([key], { body: JSON.stringify(value) }));
    }),
  );
});

test('H2.37: while the key is changed, the old and the new one verify', async () => {
  const [before, after] = [newKey(), newKey()];
  const signed = await sign([before, after]);
  expect(signed.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  verifies(before, signed);
  verifies(after, signed);
});

test('H2.37: another key, body, id or time does not verify', async () => {
  const key = newKey();
  const signed = await sign([key]);
  const forge = (headers: object, body = signed.body) => ({ body, headers: { ...signed.headers, ...headers } });
  const noMatch = 'No matching signature found';
  expect(() => verifies(newKey(), signed)).toThrow(noMatch);
  expect(() => verifies(key, forge({}, '{"a":2}'))).toThrow(noMatch);
  expect(() => verifies(key, forge({ 'webhook-id': 'd-18' }))).toThrow(noMatch);
  const later = String(Number(signed.headers['webhook-timestamp']) + 1);
  expect(() => verifies(key, forge({ 'webhook-timestamp': later }))).toThrow(noMatch);
});

test('the text is signed as the UTF-8 that is sent', async () => {
  const key = newKey();
  verifies(key, await sign([key], { body: '{"name":"Müller 🙂"}' }));
});

test('a message without a body is signed as an empty one', async () => {
  const headers = { 'webhook-id': 'd-17', 'webhook-timestamp': '1614265330' };
  const key = newKey();
  expect(await sign([key], { headers, body: undefined })).toEqual(await sign([key], { headers, body: '' }));
});

test('a configured Webhook-Id is what is signed', async () => {
  const key = newKey();
  const headers = { 'Webhook-Id': 'own-1', 'webhook-timestamp': String(Math.floor(Date.now() / 1_000)) };
  const { headers: sent, body } = await sign([key], { headers });
  verifies(key, { body, headers: { ...sent, 'webhook-id': 'own-1' } });
});

test('without an id nothing is sent', async () => {
  const message = { method: 'POST', origin: 'https://crm.example.com', target: '/', headers: {} };
  expect(await createSignatureScheme([newKey()]).authorise(message, send)).toMatchObject({
    kind: 'failure',
    failureClass: 'auth',
    stage: 'before',
    side: 'ours',
  });
});
