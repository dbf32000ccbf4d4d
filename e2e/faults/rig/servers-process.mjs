// A process of its own that starts brokers and a database for the fault suite with the tools of `npm start`, told what
// to do over IPC: `{ id, command, args }` is answered by `{ id, result }` or `{ id, error }`. When its parent is gone it
// kills what it has started, and ends.
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { infrastructurePorts } from '../../../tools/infrastructure.mjs';
import { keepKeys } from '../../../tools/keys.mjs';
import { choosePorts } from '../../../tools/ports.mjs';
import { startPostgres } from '../../../tools/postgres-instance.mjs';
import { writePrivateFile } from '../../../tools/private-files.mjs';
import { identifyProcess } from '../../../tools/process-identity.mjs';
import { isRunning, killProcess } from '../../../tools/processes.mjs';
import { findRabbitServer, startRabbitNode } from '../../../tools/rabbitmq-node.mjs';
import { stopEpmd } from '../../../tools/epmd.mjs';
import { services as servicesOfStart } from '../../../tools/services.mjs';

const run = promisify(execFile);
const started = new Set();
const services = new Set();
const epmds = new Set();

const commands = {
  /** Free ports, one for each name. */
  ports: (names) => choosePorts(Object.fromEntries(names.map((name) => [name, `PATCHBAY_NO_${name}`])), {}, {}),

  brokerPorts: () => choosePorts(infrastructurePorts, {}, {}),

  keys: (folder) => keepKeys(folder),

  /** The environment that `npm start` gives each service, by its name. */
  environments: (settings) =>
    Object.fromEntries(
      servicesOfStart.map(({ name, urlName, environment }) => [
        name,
        {
          PATCHBAY_HOST: '127.0.0.1',
          PATCHBAY_PORT: String(settings.ports[urlName]),
          PATCHBAY_TOKENS_FILE: settings.keys.tokensFile,
          ...environment(settings),
        },
      ]),
    ),

  /** Starts a broker, anew or on the data that lies in its folder. `cookieOf` names the folder of another node. */
  async startBroker({ folder, ports, node, cookieOf }) {
    const server = findRabbitServer();
    if (!server) throw new Error('the fault suite needs a local RabbitMQ: apt-get install rabbitmq-server');
    // Figures that lag five seconds behind would only slow the tests down; the rest as RabbitMQ's own suites have it.
    writePrivateFile(
      join(folder, 'advanced.config'),
      `[{rabbit,[{collect_statistics_interval,500},{dead_letter_worker_publisher_confirm_timeout,2000}]}].\n`,
    );
    if (cookieOf) shareCookie(cookieOf, folder);
    epmds.add(ports.epmd);
    let pid;
    const addresses = await startRabbitNode({
      server,
      folder,
      ports,
      node,
      log: join(folder, 'broker.log'),
      own: ({ process: subject }) => {
        started.add(subject);
        pid = subject.pid;
      },
    });
    return { pid, ...addresses };
  },

  /** Runs a command of rabbitmqctl on a node; answers what it printed. */
  async rabbitmqctl({ folder, ports, node, args }) {
    const { path } = findRabbitServer();
    const env = {
      ...process.env,
      HOME: join(folder, 'home'),
      RABBITMQ_NODENAME: node.name,
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      ERL_EPMD_PORT: String(ports.epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    };
    const { stdout } = await run(join(dirname(path), 'rabbitmqctl'), args, { env, cwd: folder, timeout: 120_000 });
    return stdout;
  },

  async startDatabase({ folder, port, password }) {
    let pid;
    const { databaseUrl } = await startPostgres({
      folder,
      port,
      password,
      log: join(folder, 'database.log'),
      own: ({ process: subject }) => {
        started.add(subject);
        pid = subject.pid;
      },
      note: () => undefined,
    });
    return { pid, databaseUrl };
  },

  /** A process that the tests have started themselves, and end themselves unless they are killed. */
  own(pid) {
    services.add({ pid, identity: identifyProcess(pid) });
    return true;
  },

  async end() {
    await endAll();
    return true;
  },
};

function shareCookie(from, folder) {
  const cookie = (place) => join(place, 'home', '.erlang.cookie');
  mkdirSync(join(folder, 'home'), { recursive: true, mode: 0o700 });
  if (!existsSync(cookie(folder))) copyFileSync(cookie(from), cookie(folder));
}

async function endAll() {
  for (const subject of services) if (isRunning(subject)) process.kill(subject.pid, 'SIGKILL');
  for (const subject of started) killProcess(subject);
  await Promise.all([...epmds].map((port) => stopEpmd(port)));
}

process.on('message', ({ id, command, args }) => {
  Promise.resolve()
    .then(() => commands[command](args))
    .then(
      (result) => process.send({ id, result }),
      (error) => process.send({ id, error: error.stack ?? String(error) }),
    );
});
process.on('disconnect', () => void endAll().then(() => process.exit(0)));
// Ctrl-C reaches the whole group; what is to be stopped is told by the parent, or seen when it is gone.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
