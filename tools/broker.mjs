import { setTimeout as delay } from 'node:timers/promises';
import { askServerProperties } from './amqp-greeting.mjs';
import { canInstallPackages, installPackages } from './debian-package.mjs';
import { Fault } from './fault.mjs';
import { dockerAnswers, startRabbitContainer } from './rabbitmq-container.mjs';
import { findRabbitServer, startRabbitNode } from './rabbitmq-node.mjs';
import { isAtLeast } from './server-version.mjs';

const minimum = '3.10';

/**
 * Finds or makes a RabbitMQ: the one AMQP_URL names; else a private node of the local server; else a container; else,
 * as root on Debian or Ubuntu, a private node of the distribution's package. Returns `{ amqpUrl, managementUrl?,
 * container }`. What it starts it hands to `own({ process?, stop, kill })` at once; a given one nobody stops.
 */
export async function provideBroker({ folder, ports, node, log, own, note, environment = process.env }) {
  const broker = environment.AMQP_URL
    ? await givenBroker(environment.AMQP_URL, environment.AMQP_MANAGEMENT_URL, note)
    : await ownBroker({ folder, ports, node, log, own, note });
  const { version } = await askServerProperties(broker.amqpUrl.split(',')[0]);
  if (isAtLeast(minimum, version)) {
    note(`RabbitMQ ${version}, ${broker.how}`);
    return broker;
  }
  throw new Fault(`The broker (${broker.how}) is RabbitMQ ${version}; Patchbay needs ${minimum} or later.`);
}

async function givenBroker(amqpUrl, managementUrl, note) {
  const first = amqpUrl.split(',')[0];
  if (!URL.canParse(first))
    throw new Fault('AMQP_URL is no address. Give one such as amqp://user:password@host:5672/vhost.');
  const { host } = new URL(first);
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      await askServerProperties(first);
      return { amqpUrl, managementUrl, how: `the given one at ${host}` };
    } catch (error) {
      note(`waiting for ${host} (AMQP_URL)`);
      if (Date.now() > end)
        throw new Fault(`No broker answers at ${host} (AMQP_URL): ${error.message}. Start it, or unset AMQP_URL.`);
    }
    await delay(500);
  }
}

async function ownBroker(options) {
  const local = usable(findRabbitServer());
  if (local) return privateNode(local, options);
  options.note('looking for a Docker engine');
  if (await dockerAnswers()) return container(options);
  if (!canInstallPackages()) throw new Fault(waysToGetOne());
  await installPackages(['rabbitmq-server'], options.note);
  const installed = usable(findRabbitServer());
  if (!installed) throw new Fault(waysToGetOne());
  return privateNode(installed, options);
}

function usable(server) {
  return server && (server.version === undefined || isAtLeast(minimum, server.version)) ? server : undefined;
}

async function privateNode(server, options) {
  options.note('starting a private node');
  const node = await startRabbitNode({ server, ...options });
  return { ...node, how: `private node on 127.0.0.1:${options.ports.amqp}` };
}

async function container({ ports, node, own, note }) {
  note('starting a container (the first time its image is fetched)');
  const started = await startRabbitContainer({ ports, node, own });
  return { ...started, container: true, how: `container on 127.0.0.1:${ports.amqp}` };
}

function waysToGetOne() {
  const found = findRabbitServer();
  return [
    found ? `RabbitMQ ${found.version} is too old (${found.path}).` : 'There is no RabbitMQ.',
    `Patchbay needs ${minimum} or later. Any one of these will do; then run the command again:`,
    '  - install it:            apt-get install rabbitmq-server   (macOS: brew install rabbitmq)',
    '  - start a Docker engine: the broker is then run in a container',
    '  - name one you have:     AMQP_URL=amqp://user:password@host:5672 npm start',
    '  - as root on Debian or Ubuntu, let this command install the package',
  ].join('\n');
}
