import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { choosePorts } from './ports.mjs';

async function aTakenPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, free: () => new Promise((resolve) => server.close(resolve)) };
}

test('the port of the last start is taken again while it is free', async () => {
  const taken = await aTakenPort();
  await taken.free();
  await expect(choosePorts({ a: 'A_PORT' }, { a: taken.port }, {})).resolves.toEqual({ a: taken.port });
});

test('a port that somebody else has by now is replaced', async () => {
  const taken = await aTakenPort();
  const { a } = await choosePorts({ a: 'A_PORT' }, { a: taken.port }, {});
  expect(a).not.toBe(taken.port);
  await taken.free();
});

test('no two names get the same port', async () => {
  const names = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`n${index}`, 'X_PORT']));
  expect(new Set(Object.values(await choosePorts(names, {}, {}))).size).toBe(20);
});

test('a configured port that is in use, or is none, is a fault that names the variable', async () => {
  const taken = await aTakenPort();
  await expect(choosePorts({ a: 'A_PORT' }, {}, { A_PORT: String(taken.port) })).rejects.toThrow(/A_PORT.*in use/);
  await expect(choosePorts({ a: 'A_PORT' }, {}, { A_PORT: '80800' })).rejects.toThrow(/A_PORT is "80800"/);
  await taken.free();
});
