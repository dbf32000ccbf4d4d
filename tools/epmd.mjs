import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

// Erlang's port mapper, which a broker starts and leaves behind when it ends. It is asked to go in its own protocol, so
// no program of Erlang's need be found and no process number guessed.
const askNames = 110;
const askToGo = 107;

/** Ends the port mapper on this loopback port, once its nodes are gone; does nothing when there is none. */
export async function stopEpmd(port, tries = 40) {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const names = await request(port, askNames);
    // The answer opens with its own port: whoever else listens there is left alone.
    if (!names || names.length < 4 || names.readUInt32BE(0) !== port) return;
    await request(port, askToGo);
    await delay(50);
  }
}

function request(port, code) {
  return new Promise((resolve) => {
    const received = [];
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(Buffer.from([0, 1, code])));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(received.length > 0 ? Buffer.concat(received) : undefined));
  });
}
