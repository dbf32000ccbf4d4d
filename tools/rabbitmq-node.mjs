import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askServerProperties } from './amqp-greeting.mjs';
import { stopEpmd } from './epmd.mjs';
import { Fault } from './fault.mjs';
import { keepPrivateFile, writePrivateFile } from './private-files.mjs';
import { isRunning, killProcess, lastLines, startProcess, stopProcess } from './processes.mjs';
import { findExecutable, isExecutable } from './workspace.mjs';

/**
 * The local rabbitmq-server, as `{ path, version? }`, or undefined. Distributions put a wrapper on PATH that changes
 * the user and drops the environment, so the server's own script comes first.
 */
export function findRabbitServer() {
  const candidates = [
    '/usr/lib/rabbitmq/bin/rabbitmq-server',
    ...installedFolders(),
    findExecutable('rabbitmq-server'),
  ];
  const path = candidates.find((candidate) => candidate && isExecutable(candidate));
  return path && { path, version: versionIn(realpathSync(path)) };
}

function installedFolders() {
  const folder = '/usr/lib/rabbitmq/lib';
  if (!existsSync(folder)) return ['/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server'];
  return readdirSync(folder).map((name) => join(folder, name, 'sbin', 'rabbitmq-server'));
}

function versionIn(path) {
  return /rabbitmq(?:_server)?[-/](\d+\.\d+[.\d]*)/.exec(path)?.[1];
}

/**
 * Starts a node of our own below `folder`: loopback only, its own name, user, password, cookie and port mapper, so it
 * meets no other broker of the machine. `ports` = `{ amqp, management, distribution, epmd }`; `node` = `{ name,
 * password }` is kept by the caller, as the data belongs to that name. `own({ process, stop, kill })` is called as soon
 * as there is something to stop. Ready when it returns `{ amqpUrl, managementUrl }`.
 */
export async function startRabbitNode({ server, folder, ports, node, log, own }) {
  for (const name of ['data', 'log', 'home']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  writePrivateFile(join(folder, 'rabbitmq.conf'), configuration(ports, node));
  writePrivateFile(join(folder, 'enabled_plugins'), '[rabbitmq_management].\n');
  keepPrivateFile(join(folder, 'home', '.erlang.cookie'), () => randomBytes(24).toString('hex'));
  const subject = await startProcess({
    name: 'broker',
    command: server.path,
    env: { ...withoutRabbitSettings(process.env), ...environment(folder, ports, node) },
    cwd: folder,
    log,
  });
  const stop = (withinMs) => stopProcess(subject, withinMs).finally(() => stopEpmd(ports.epmd));
  const kill = () => killNode(subject, ports);
  own({ process: subject, stop, kill });
  const login = `patchbay:${node.password}@127.0.0.1`;
  const addresses = { amqpUrl: `amqp://${login}:${ports.amqp}`, managementUrl: `http://${login}:${ports.management}` };
  await answering(addresses, subject);
  return addresses;
}

/** A name and a password for a new node. */
export function inventNode() {
  return { name: `patchbay-${randomBytes(4).toString('hex')}@localhost`, password: randomBytes(18).toString('hex') };
}

function configuration({ amqp, management }, { password }) {
  return [
    `listeners.tcp.1 = 127.0.0.1:${amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${management}`,
    'default_user = patchbay',
    `default_pass = ${password}`,
    'default_user_tags.administrator = true',
    'disk_free_limit.absolute = 200MB',
    'vm_memory_high_watermark.relative = 0.4',
    // The write-ahead log of quorum queues is kept in memory as well; the default lets it grow to 512 MB.
    'raft.wal_max_size_bytes = 64000000',
    '',
  ].join('\n');
}

function environment(folder, { distribution, epmd }, { name }) {
  return {
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: name,
    RABBITMQ_DIST_PORT: String(distribution),
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // The machine's own settings are for the machine's own broker.
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // Without this the script stays as a shell around the server, and a signal would have two receivers.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}

function withoutRabbitSettings(variables) {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => !/^(RABBITMQ_|ERL_|NOTIFY_SOCKET)/.test(name)),
  );
}

async function answering({ amqpUrl, managementUrl }, subject) {
  const end = Date.now() + 120_000;
  while (!(await greets(amqpUrl)) || !(await managed(managementUrl))) {
    if (!isRunning(subject))
      throw new Fault(`RabbitMQ ended while starting. Its log ${subject.log} says last:\n${lastLines(subject.log)}`);
    if (Date.now() > end) throw new Fault(`RabbitMQ did not answer within 120 s. See ${subject.log}.`);
    await delay(100);
  }
}

function greets(amqpUrl) {
  return askServerProperties(amqpUrl, 1_000).catch(() => undefined);
}

async function managed(managementUrl) {
  const url = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
  const options = { headers: { authorization }, signal: AbortSignal.timeout(1_000) };
  return fetch(`${url.origin}/api/whoami`, options).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function killNode(subject, { epmd }) {
  killProcess(subject);
  await stopEpmd(epmd);
}
