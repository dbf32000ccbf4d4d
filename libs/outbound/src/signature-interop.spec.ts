import { createCertificateAuthority, startHttpsEndpoint } from '@patchbay/testing';
import { Webhook } from 'standardwebhooks';
import { createOutbound } from './outbound';

const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const newKey = 'whsec_bmV3LWtleS1vZi0yNC1ieXRlcyEhISE=';
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource.close()));
});

/** What a service receives of a signed call. */
async function setup(keys: string[]) {
  const ca = await createCertificateAuthority();
  const endpoint = await startHttpsEndpoint({ ca });
  const outbound = createOutbound({ caPem: ca.caPem, allowCidrs: ['127.0.0.0/8'] });
  open.push(outbound, endpoint);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'd-17',
    'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
  };
  const body = '{"name":"Müller 🙂","spaces":  "kept" }';
  const authorisation = { by: 'signature' as const, keys };
  const request = { method: 'POST', url: endpoint.origin, headers, body, poolKey: 'crm', authorisation };
  expect(await outbound.call(request, { deadlineMs: 10_000 })).toMatchObject({ kind: 'answer', status: 204 });
  const [received] = await endpoint.waitForRequests(1);
  if (!received) throw new Error('nothing came');
  return (by: string) => new Webhook(by).verify(received.body, received.headers as Record<string, string>);
}

test('H2.37: what arrives is verified by the standardwebhooks package', async () => {
  const verify = await setup([key]);
  expect(verify(key)).toEqual({ name: 'Müller 🙂', spaces: 'kept' });
  expect(() => verify(newKey)).toThrow('No matching signature found');
});

test('H2.37: while the key is changed, a service with the old or the new one verifies', async () => {
  const verify = await setup([key, newKey]);
  expect(verify(key)).toEqual(verify(newKey));
});
