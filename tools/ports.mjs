import { createServer } from 'node:net';
import { Fault } from './fault.mjs';

/**
 * A port for each name, on the loopback address: the one configured in the environment (`{ name: VARIABLE }`), else the
 * one kept from the last start when it is still free, else any free one.
 */
export async function choosePorts(variables, kept = {}, environment = process.env) {
  const held = [];
  const ports = {};
  try {
    for (const [name, variable] of Object.entries(variables)) {
      const configured = environment[variable] === undefined ? undefined : readPort(variable, environment[variable]);
      const server = await holdPort(configured ?? kept[name], configured && variable);
      held.push(server);
      ports[name] = server.address().port;
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function readPort(variable, text) {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Fault(`${variable} is "${text}", which is no port. Give a number from 1 to 65535, or leave it out.`);
}

async function holdPort(wanted, variable) {
  const server = wanted && (await listen(wanted).catch(() => undefined));
  if (server) return server;
  if (variable) throw new Fault(`Port ${wanted} (${variable}) is in use. Stop what listens there, or give another.`);
  return listen(0);
}

function listen(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}
