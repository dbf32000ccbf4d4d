import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isBuilt } from './built-apps.mjs';
import { Fault } from './fault.mjs';
import { isRunning, lastLines, runCommand, startProcess } from './processes.mjs';
import { root } from './workspace.mjs';

/** Every service: what it needs beyond the common settings, and which must be ready before it starts. */
export const services = [
  {
    name: 'config-service',
    urlName: 'configService',
    migrates: true,
    environment: ({ amqpUrl, databaseUrl, keys }) => ({
      AMQP_URL: amqpUrl,
      DATABASE_URL: databaseUrl,
      PATCHBAY_CREDENTIALS_KEYS_FILE: keys.credentialsKeysFile,
    }),
  },
  {
    name: 'delivery-log',
    urlName: 'deliveryLog',
    migrates: true,
    environment: ({ amqpUrl, databaseUrl, keys, urls }) => ({
      AMQP_URL: amqpUrl,
      DATABASE_URL: databaseUrl,
      PATCHBAY_CONFIG_URL: urls.configService,
      PATCHBAY_SERVICE_TOKEN_FILE: keys.deliveryLogTokenFile,
      PATCHBAY_PAYLOADS_KEYS_FILE: keys.payloadsKeysFile,
    }),
  },
  {
    name: 'sandbox',
    urlName: 'sandbox',
    environment: ({ amqpUrl, ports, sandboxFolder }) => ({
      AMQP_URL: amqpUrl,
      PATCHBAY_SANDBOX_FOLDER: sandboxFolder,
      PATCHBAY_SANDBOX_ENDPOINT_PORT: String(ports.sandboxEndpoint),
    }),
  },
  {
    name: 'dispatcher',
    urlName: 'dispatcher',
    // Its certificate authority for outbound calls is the sandbox's, which makes it when it first starts.
    after: ['sandbox', 'config-service'],
    environment: ({ amqpUrl, keys, sandboxFolder, snapshotFile, urls }) => ({
      AMQP_URL: amqpUrl,
      PATCHBAY_CONFIG_URL: urls.configService,
      PATCHBAY_SERVICE_TOKEN_FILE: keys.dispatcherTokenFile,
      PATCHBAY_CREDENTIALS_KEYS_FILE: keys.credentialsKeysFile,
      PATCHBAY_PAYLOADS_KEYS_FILE: keys.payloadsKeysFile,
      PATCHBAY_SNAPSHOT_FILE: snapshotFile,
      PATCHBAY_OUTBOUND_CA_FILE: join(sandboxFolder, 'ca.pem'),
      PATCHBAY_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
      PATCHBAY_REPLICA: process.env.PATCHBAY_REPLICA ?? '0',
    }),
  },
  { name: 'event-ingest', urlName: 'eventIngest', environment: ({ amqpUrl }) => ({ AMQP_URL: amqpUrl }) },
];

/** The order in which they stop: what brings new work first; the sandbox's services outlive those who call them. */
export const stopOrder = ['event-ingest', 'dispatcher', 'sandbox', 'delivery-log', 'config-service'];

/** The port each needs, by its name in `ports`, with the variable that may configure it. */
export const portVariables = {
  configService: 'PATCHBAY_CONFIG_SERVICE_PORT',
  eventIngest: 'PATCHBAY_EVENT_INGEST_PORT',
  dispatcher: 'PATCHBAY_DISPATCHER_PORT',
  deliveryLog: 'PATCHBAY_DELIVERY_LOG_PORT',
  sandbox: 'PATCHBAY_SANDBOX_PORT',
  sandboxEndpoint: 'PATCHBAY_SANDBOX_ENDPOINT_PORT',
};

/** Bundles the services whose sources have changed into dist/. */
export async function buildServices(note) {
  const changed = services.filter(({ name }) => !isBuilt(name));
  note(changed.length > 0 ? changed.map(({ name }) => name).join(', ') : 'nothing has changed');
  const built = await Promise.all(changed.map(buildService));
  const failed = built.filter(({ code }) => code !== 0);
  if (failed.length === 0) return;
  throw new Fault(failed.map(({ name, output }) => `${name} could not be built:\n${indent(output)}`).join('\n'));
}

async function buildService({ name }) {
  return { name, ...(await runCommand(process.execPath, ['tools/build.mjs', name], { cwd: root })) };
}

/** Brings the schemas of the database up to date; the services must be built. */
export async function migrate(databaseUrl, note) {
  const owners = services.filter(({ migrates }) => migrates);
  note(owners.map(({ name }) => name).join(', '));
  const run = async (service) => {
    const env = { ...process.env, DATABASE_URL: databaseUrl };
    const { code, output } = await runCommand(process.execPath, [mainFile(service), 'migrate'], { cwd: root, env });
    if (code !== 0)
      throw new Fault(`The database could not be brought up to date for ${service.name}:\n${indent(output)}`);
  };
  await Promise.all(owners.map(run));
}

/**
 * Starts every service and returns when all are ready. `onStarted(process)` hears of each as it starts. A service that
 * ends early, or is not ready in time, is a fault with the last lines of its log.
 */
export async function startServices(settings, { onStarted, note }) {
  const ready = new Map();
  const waiting = new Map(services.map(({ name }) => [name, '']));
  const tell = () => note(waiting.size > 0 ? `waiting for ${waitingText(waiting)}` : `${services.length} ready`);
  const start = async (service) => {
    await Promise.all((service.after ?? []).map((name) => ready.get(name)));
    const subject = await startService(service, settings);
    onStarted(subject);
    await becomesReady(subject, settings.urls[service.urlName], (why) => (waiting.set(service.name, why), tell()));
    waiting.delete(service.name);
    tell();
  };
  for (const service of services) ready.set(service.name, start(service));
  await Promise.all(ready.values());
}

function startService(service, settings) {
  return startProcess({
    name: service.name,
    command: process.execPath,
    args: ['--enable-source-maps', mainFile(service)],
    env: serviceEnvironment(service, settings),
    cwd: root,
    log: join(settings.logsFolder, `${service.name}.log`),
  });
}

function serviceEnvironment(service, settings) {
  return {
    ...process.env,
    PATCHBAY_HOST: '127.0.0.1',
    PATCHBAY_PORT: String(settings.ports[service.urlName]),
    PATCHBAY_TOKENS_FILE: settings.keys.tokensFile,
    PATCHBAY_LOG_LEVEL: process.env.PATCHBAY_LOG_LEVEL ?? 'info',
    ...service.environment(settings),
  };
}

function mainFile({ name }) {
  return join(root, 'dist', 'apps', name, 'main.js');
}

function waitingText(waiting) {
  return [...waiting].map(([name, why]) => (why ? `${name} (${why})` : name)).join(', ');
}

async function becomesReady(subject, url, onWaiting) {
  const end = Date.now() + 60_000;
  for (;;) {
    const why = await whyNotReady(url);
    if (why === undefined) return;
    onWaiting(why);
    if (!isRunning(subject)) throw new Fault(`${subject.name} ended while starting. ${logOf(subject)}`);
    if (Date.now() > end) throw new Fault(`${subject.name} is not ready after 60 s: ${why}. ${logOf(subject)}`);
    await delay(100);
  }
}

/** What a service says is missing, or '' while it does not answer at all; undefined when it is ready. */
async function whyNotReady(url) {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    if (answer.ok) return undefined;
    const { checks = {} } = await answer.json();
    const failing = Object.entries(checks).filter(([, says]) => says !== 'ok');
    return failing.map(([name, says]) => `${name}: ${says}`).join('; ');
  } catch {
    return '';
  }
}

function logOf({ log }) {
  return existsSync(log) ? `Its log ${log} says last:\n${lastLines(log)}` : '';
}

function indent(text) {
  return text.trimEnd().replace(/^/gm, '    ');
}
