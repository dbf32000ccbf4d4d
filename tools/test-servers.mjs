import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeInfrastructure, infrastructurePorts, inventLogins } from './infrastructure.mjs';
import { placeOfPostgres } from './postgres-instance.mjs';
import { choosePorts } from './ports.mjs';
import { provideBroker4 } from './rabbitmq-4.mjs';
import { isRoot, root } from './workspace.mjs';

/**
 * A broker and a database for one run of the tests, as `{ broker(note), broker4(note), database(note) }`, each resolving
 * to the variables that tests read; `broker4` is a second broker, of RabbitMQ 4, where one can be had. They are thrown away when `shutdown` runs. With PATCHBAY_TEST_SERVICES=testcontainers they
 * run in containers, else as private instances of the machine's programs; never the machine's own.
 */
export async function describeTestServers(shutdown, environment = process.env) {
  return environment.PATCHBAY_TEST_SERVICES === 'testcontainers' ? inContainers(shutdown) : privately(shutdown);
}

async function privately(shutdown) {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-test-'));
  if (isRoot()) chmodSync(folder, 0o711);
  mkdirSync(join(folder, 'logs'), { mode: 0o700 });
  shutdown.own(99, 'test folder', removal(folder));
  const infrastructure = describeInfrastructure({
    folder,
    logs: join(folder, 'logs'),
    ports: await choosePorts(infrastructurePorts, {}, {}),
    logins: inventLogins(),
    remember: () => undefined,
    shutdown,
    throwaway: true,
    // What the person has set is for `npm start`; tests never touch it.
    environment: {},
  });
  return {
    async broker(note) {
      const { amqpUrl, managementUrl } = await infrastructure.broker(note);
      return { TEST_AMQP_URL: amqpUrl, TEST_AMQP_MANAGEMENT_URL: managementUrl };
    },
    broker4: (note) => provideBroker4(note, (what) => shutdown.own(91, 'broker 4', what)),
    async database(note) {
      const { databaseUrl } = await infrastructure.database(note);
      return { TEST_DATABASE_URL: databaseUrl };
    },
  };
}

function removal(folder) {
  const place = placeOfPostgres(folder);
  const folders = place.startsWith(folder) ? [folder] : [folder, dirname(place)];
  const remove = () => folders.forEach((each) => rmSync(each, { recursive: true, force: true, maxRetries: 5 }));
  return { quiet: true, stop: remove, kill: remove };
}

function inContainers(shutdown) {
  const load = createRequire(join(root, 'package.json'));
  const own = (rank, name, container) => {
    const stop = () => container.stop();
    shutdown.own(rank, name, { stop, kill: stop });
  };
  return {
    async broker(note) {
      note('container of rabbitmq:4-management');
      const { RabbitMQContainer } = load('@testcontainers/rabbitmq');
      const container = await new RabbitMQContainer('rabbitmq:4-management').withStartupTimeout(180_000).start();
      own(91, 'broker', container);
      const [host, login] = [container.getHost(), 'guest:guest'];
      return {
        TEST_AMQP_URL: `amqp://${login}@${host}:${container.getMappedPort(5672)}`,
        TEST_AMQP_MANAGEMENT_URL: `http://${login}@${host}:${container.getMappedPort(15672)}`,
      };
    },
    broker4(note) {
      note('left out: the broker of this run is of RabbitMQ 4 already');
      return Promise.resolve({});
    },
    async database(note) {
      note('container of postgres:17');
      const { PostgreSqlContainer } = load('@testcontainers/postgresql');
      const container = await new PostgreSqlContainer('postgres:17').withStartupTimeout(180_000).start();
      own(90, 'database', container);
      return { TEST_DATABASE_URL: container.getConnectionUri() };
    },
  };
}
