import { Fault } from './fault.mjs';
import { setTimeout as delay } from 'node:timers/promises';
import { askServerProperties } from './amqp-greeting.mjs';
import { runCommand } from './processes.mjs';
import { findExecutable } from './workspace.mjs';

const image = 'rabbitmq:4-management';

/** Whether a Docker engine answers. */
export async function dockerAnswers() {
  const docker = findExecutable('docker');
  if (!docker) return false;
  const { code } = await runCommand(docker, ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 5_000 });
  return code === 0;
}

/**
 * Runs the broker in a container named after the node, with its data in a volume of the same name. Arguments and
 * answer as startRabbitNode.
 */
export async function startRabbitContainer({ ports, node, own }) {
  const name = containerName(node);
  await docker(['rm', '--force', name]);
  own({ stop: (withinMs) => stopContainer(name, withinMs), kill: () => docker(['rm', '--force', name]) });
  const { code, output } = await docker(['run', '--detach', ...containerOptions(name, ports, node), image]);
  if (code !== 0) throw new Fault(`The container of ${image} could not be started:\n${indent(output)}`);
  const login = `patchbay:${node.password}@127.0.0.1`;
  const amqpUrl = `amqp://${login}:${ports.amqp}`;
  await answering(amqpUrl, name);
  return { amqpUrl, managementUrl: `http://${login}:${ports.management}` };
}

async function stopContainer(name, withinMs) {
  await docker(['stop', '--time', String(Math.ceil(withinMs / 1000)), name]);
  await docker(['rm', '--force', name]);
}

/** Removes the container of a node and its data. */
export async function removeRabbitContainer(node) {
  if (!(await dockerAnswers())) return;
  await docker(['rm', '--force', containerName(node)]);
  await docker(['volume', 'rm', '--force', containerName(node)]);
}

function containerName(node) {
  return node.name.split('@')[0];
}

function containerOptions(name, ports, node) {
  return [
    ...['--name', name, '--hostname', 'patchbay', '--volume', `${name}:/var/lib/rabbitmq`],
    ...['--publish', `127.0.0.1:${ports.amqp}:5672`, '--publish', `127.0.0.1:${ports.management}:15672`],
    ...['--env', 'RABBITMQ_DEFAULT_USER=patchbay', '--env', `RABBITMQ_DEFAULT_PASS=${node.password}`],
    ...['--env', 'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-ra wal_max_size_bytes 64000000'],
  ];
}

async function answering(amqpUrl, name) {
  const end = Date.now() + 120_000;
  while (!(await askServerProperties(amqpUrl, 1_000).catch(() => undefined))) {
    if (Date.now() > end) {
      const { output } = await docker(['logs', '--tail', '12', name]);
      throw new Fault(`RabbitMQ in the container ${name} did not answer within 120 s:\n${indent(output)}`);
    }
    await delay(200);
  }
}

function docker(args) {
  return runCommand(findExecutable('docker'), args, { whileStopping: true });
}

function indent(text) {
  return text.trimEnd().replace(/^/gm, '    ');
}
