import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const protocolHeader = Buffer.from('AMQP\0\0\u0009\u0001', 'latin1');
const frameHead = 7;
const beforeProperties = 4 + 2;

/**
 * Asks an AMQP 0-9-1 server who it is, without logging in: it introduces itself in its first frame. Returns its server
 * properties that are texts, such as `{ product: 'RabbitMQ', version: '3.10.8' }`. Throws when it does not answer.
 */
export function askServerProperties(amqpUrl, withinMs = 5_000) {
  const url = new URL(amqpUrl);
  const secure = url.protocol === 'amqps:';
  const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (secure ? 5671 : 5672) };
  return new Promise((resolve, reject) => {
    // Who it is decides nothing about trust here: the services check the certificate when they log in.
    const socket = secure
      ? connectTls({ ...address, servername: address.host, rejectUnauthorized: false })
      : connect(address);
    let received = Buffer.alloc(0);
    socket.setTimeout(withinMs, () => socket.destroy(new Error(`no answer within ${withinMs} ms`)));
    socket.once(secure ? 'secureConnect' : 'connect', () => socket.write(protocolHeader));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < frameHead || received.length < frameHead + received.readUInt32BE(3)) return;
      resolve(readServerProperties(received.subarray(frameHead)));
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed without a greeting; is this AMQP 0-9-1?')));
  });
}

/** The texts among the server properties of a connection.start method (class 10, method 10). */
export function readServerProperties(method) {
  if (method.length < 10 || method.readUInt32BE(0) !== 0x000a000a) throw new Error('this is no AMQP 0-9-1 server');
  const length = method.readUInt32BE(beforeProperties);
  return readTable(method.subarray(beforeProperties + 4, beforeProperties + 4 + length));
}

function readTable(bytes) {
  const texts = {};
  let at = 0;
  while (at < bytes.length) {
    const name = bytes.toString('utf8', at + 1, at + 1 + bytes[at]);
    at += 1 + bytes[at];
    const type = String.fromCharCode(bytes[at]);
    const size = fieldSize(type, bytes, at + 1);
    if (size === undefined) return texts;
    if (type === 'S') texts[name] = bytes.toString('utf8', at + 5, at + 1 + size);
    at += 1 + size;
  }
  return texts;
}

/** Bytes a field takes after its type letter; undefined for a type that no server sends here. */
function fieldSize(type, bytes, at) {
  if (type === 'S' || type === 'F') return 4 + bytes.readUInt32BE(at);
  return { t: 1, b: 1, I: 4, l: 8, V: 0 }[type];
}
