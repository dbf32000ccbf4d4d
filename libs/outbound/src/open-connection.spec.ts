import { startRawEndpoint } from '@patchbay/testing';
import { createSecureContext } from 'node:tls';
import type { AddressGuard } from './address-guard';
import { Opening } from './open-connection';

/** A guard that was led astray: it resolves to the loopback interface, which it would never allow. */
const fooled = (allowed: boolean): AddressGuard => ({
  allowsHost: () => true,
  allows: () => allowed,
  lookup: (_, __, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
});

async function opening(allowed: boolean) {
  const heard: Buffer[] = [];
  const endpoint = await startRawEndpoint({ script: (socket, bytes) => (heard.push(bytes), socket.destroy()) });
  const target = { hostname: 'a.example', port: endpoint.port, verify: true };
  const secureContext = createSecureContext();
  const tools = {
    guard: fooled(allowed),
    secureContext: () => secureContext,
    proxyContext: secureContext,
    now: () => 0,
  };
  const error = await new Promise((resolve) => new Opening(target, tools, (...[failure]) => resolve(failure)));
  await endpoint.allClosed();
  await endpoint.close();
  return { error, bytes: Buffer.concat(heard).length };
}

test('H2.2 the address that was connected to is checked once more, before a byte is sent', async () => {
  const { error, bytes } = await opening(false);
  expect(error).toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  expect(bytes).toBe(0);
});

test('H2.2 a connection that is allowed says hello', async () => {
  const { error, bytes } = await opening(true);
  expect(error).not.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  expect(bytes).toBeGreaterThan(0);
});
