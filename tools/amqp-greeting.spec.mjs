import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { askServerProperties } from './amqp-greeting.mjs';
import { isAtLeast } from './server-version.mjs';

async function aServerThatSays(text) {
  const server = createServer((socket) => socket.end(text)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `amqp://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

test('a broker tells what it is and its version before anybody logs in', async () => {
  const url = new URL(process.env.TEST_AMQP_URL);
  url.password = 'wrong';
  const properties = await askServerProperties(url.toString());
  expect(properties).toMatchObject({ product: 'RabbitMQ', version: expect.stringMatching(/^\d+\.\d+/) });
});

test('a server that speaks something else is told apart', async () => {
  const server = await aServerThatSays('HTTP/1.1 400 Bad Request\r\n\r\n');
  await expect(askServerProperties(server.url)).rejects.toThrow(/AMQP/);
  server.close();
});

test('a port where nobody listens is an error', async () => {
  const server = await aServerThatSays('');
  server.close();
  await expect(askServerProperties(server.url)).rejects.toThrow(/ECONNREFUSED/);
});

test.each([
  ['3.10.8', true],
  ['3.9.27', false],
  ['4.0.5', true],
  ['3.10', true],
])('version %s is at least 3.10: %s', (version, expected) => {
  expect(isAtLeast('3.10', version)).toBe(expected);
});
