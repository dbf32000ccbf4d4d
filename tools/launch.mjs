import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stopEpmd } from './epmd.mjs';
import { configurationArrives, loadExamples, readExamples } from './examples.mjs';
import { Interrupted } from './fault.mjs';
import { describeInfrastructure, infrastructurePorts, inventLogins } from './infrastructure.mjs';
import { keepKeys } from './keys.mjs';
import { followLive } from './live.mjs';
import { installPackagesOfLock } from './packages.mjs';
import { choosePorts } from './ports.mjs';
import { placeOfPostgres } from './postgres-instance.mjs';
import { killProcess, stopProcess } from './processes.mjs';
import { removeRabbitContainer } from './rabbitmq-container.mjs';
import { replayDay } from './replay.mjs';
import { createServiceClient } from './service-client.mjs';
import { buildServices, migrate, portVariables, startServices, stopOrder } from './services.mjs';
import { stopLeftOvers } from './state.mjs';

/**
 * Brings the whole system up and lets it play: packages, broker and database, build, migrations, services, examples,
 * feed. `happenings` hears what happens, `shutdown` gets what must be stopped, `signal` ends the feed.
 */
export async function launch({ options, state, progress, happenings, shutdown, signal }) {
  const since = Date.now();
  await progress.phase('state', (note) => prepareState(state, options, note));
  const local = await keepLocalSettings(state);
  const servers = await provideServers({ state, local, progress, shutdown });
  const settings = serviceSettings({ state, local, servers });
  const watched = watchServices({ state, shutdown, happenings, signal });
  await progress.phase('services', (note) => startServices(settings, { onStarted: watched.add, note }));
  const clients = connectClients(settings);
  await progress.phase('examples', (note) => keepExamples({ state, clients, note }));
  if (shutdown.begun) throw new Interrupted();
  watched.begin();
  const follow = { url: settings.urls.deliveryLog, token: settings.keys.token, onRecord: happenings.delivery, signal };
  happenings.ready(describeReady({ settings, servers, state, since, options }));
  if (options.replay) return playDay({ options, clients, happenings, follow, signal });
  await followLive(follow);
  if (options.play) await clients.sandbox.post('/v1/play');
}

async function prepareState(state, { fresh }, note) {
  note(state.folder);
  const left = await stopLeftOvers(state);
  const { ports, container, logins } = state.settings();
  if (ports) await stopEpmd(ports.epmd);
  if (left.length > 0) note(`stopped what the last start left running: ${left.join(', ')}`);
  if (!fresh) return;
  if (container) await removeRabbitContainer(logins.node);
  const place = placeOfPostgres(state.folder);
  rmSync(place.startsWith(state.folder) ? place : dirname(place), { recursive: true, force: true });
  state.empty();
  note(`${state.folder}, emptied`);
}

// Kept from start to start: the broker's data belongs to its node name, and addresses that stay are easier to use.
async function keepLocalSettings(state) {
  const { ports: kept, logins = inventLogins() } = state.settings();
  const ports = await choosePorts({ ...portVariables, ...infrastructurePorts }, kept);
  state.keep({ ports, logins });
  return { ports, logins, keys: keepKeys(state.path('keys')) };
}

async function provideServers({ state, local, progress, shutdown }) {
  const infrastructure = describeInfrastructure({
    ...local,
    folder: state.folder,
    logs: state.makeFolder('logs'),
    remember: state.remember,
    shutdown,
  });
  // The broker needs none of the packages, and takes longest: all else is done beside it.
  const [broker, database] = await allOrFirstFault([
    progress.phase('broker', infrastructure.broker),
    provideDatabaseUpToDate(infrastructure, progress),
  ]);
  state.keep({ container: broker.container ?? false });
  return { broker, database };
}

async function provideDatabaseUpToDate(infrastructure, progress) {
  await progress.phase('packages', installPackagesOfLock);
  const [database] = await allOrFirstFault([
    progress.phase('database', infrastructure.database),
    progress.phase('build', buildServices),
  ]);
  await progress.phase('migrations', (note) => migrate(database.databaseUrl, note));
  return database;
}

// Waits for all even when one fails, so that nothing is still being started while everything is being stopped.
async function allOrFirstFault(promises) {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  return settled.map(({ value }) => value);
}

function serviceSettings({ state, local: { ports, keys }, servers: { broker, database } }) {
  const names = ['configService', 'eventIngest', 'deliveryLog', 'dispatcher', 'sandbox'];
  state.makeFolder('dispatcher');
  return {
    ports,
    keys,
    amqpUrl: broker.amqpUrl,
    databaseUrl: database.databaseUrl,
    urls: Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${ports[name]}`])),
    logsFolder: state.makeFolder('logs'),
    sandboxFolder: state.makeFolder('sandbox'),
    snapshotFile: state.path('dispatcher', 'snapshot.json'),
  };
}

function watchServices({ state, shutdown, happenings, signal }) {
  let ready = false;
  return {
    add(subject) {
      state.remember(subject);
      const what = { stop: (withinMs) => stopProcess(subject, withinMs), kill: () => killProcess(subject) };
      shutdown.own(stopOrder.indexOf(subject.name), subject.name, what);
      subject.exited.then(({ code, killedBy }) => {
        const { name: service, log } = subject;
        if (ready && !signal.aborted) happenings.serviceEnded({ service, code, signal: killedBy, log });
      });
    },
    begin: () => (ready = true),
  };
}

function connectClients({ urls, keys }) {
  return {
    configService: createServiceClient('config-service', urls.configService, keys.token),
    deliveryLog: createServiceClient('delivery-log', urls.deliveryLog, keys.token),
    dispatcher: createServiceClient('dispatcher', urls.dispatcher, keys.token),
    sandbox: createServiceClient('sandbox', urls.sandbox, keys.token),
    snapshots: createServiceClient('config-service', urls.configService, keys.dispatcherToken),
  };
}

async function keepExamples({ state, clients, note }) {
  const { endpoint: origin } = await clients.sandbox.get('/v1/addresses');
  const { sandboxOrigin: formerOrigin } = state.settings();
  const examples = readExamples();
  const done = await loadExamples({ examples, configService: clients.configService, origin, formerOrigin });
  state.keep({ sandboxOrigin: origin });
  await configurationArrives(clients);
  note(describeExamples(examples.length, done));
}

function describeExamples(count, { created, repointed }) {
  const parts = [`${count} loaded`];
  if (created > 0) parts.push(`${created} of them new`);
  if (repointed > 0) parts.push(`${repointed} pointed at the sandbox's new address`);
  return parts.join(', ');
}

function describeReady({ settings, servers, state, since, options }) {
  return {
    urls: settings.urls,
    amqpUrl: settings.amqpUrl,
    amqpManagementUrl: servers.broker.managementUrl,
    databaseUrl: settings.databaseUrl,
    token: settings.keys.token,
    stateFolder: state.folder,
    logsFolder: settings.logsFolder,
    caFile: join(settings.sandboxFolder, 'ca.pem'),
    playing: options.play,
    seconds: Math.round((Date.now() - since) / 100) / 10,
  };
}

// As fast as it goes nobody could read the feed, and it would only slow the replay down.
async function playDay({ options: { replay: file, speed }, clients, happenings, follow, signal }) {
  if (speed > 0) await followLive(follow);
  await replayDay({ ...clients, file, speed, onState: happenings.replay, signal });
  if (speed === 0) await followLive(follow);
}
