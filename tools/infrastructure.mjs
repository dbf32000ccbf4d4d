import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { provideBroker } from './broker.mjs';
import { provideDatabase } from './database.mjs';
import { inventNode } from './rabbitmq-node.mjs';

/** The ports of a broker and a database of our own, with the variables that may configure them. */
export const infrastructurePorts = {
  amqp: 'PATCHBAY_BROKER_PORT',
  management: 'PATCHBAY_BROKER_MANAGEMENT_PORT',
  distribution: 'PATCHBAY_BROKER_DISTRIBUTION_PORT',
  epmd: 'PATCHBAY_BROKER_EPMD_PORT',
  database: 'PATCHBAY_DATABASE_PORT',
};

/** Names and passwords for a broker and a database of our own; their data belongs to them. */
export function inventLogins() {
  return { node: inventNode(), databasePassword: randomBytes(18).toString('hex') };
}

/**
 * Two functions, `broker(note)` and `database(note)`, that find or make one each and hand it to `shutdown`. `folder`
 * holds their data, `ports` and `logins` are as above, `remember(process)` hears of what is started. The database
 * stops before the broker, both after whatever has a lower rank.
 */
export function describeInfrastructure({
  folder,
  logs,
  ports,
  logins,
  remember,
  shutdown,
  throwaway = false,
  environment,
}) {
  const owner = (rank, name, slow) => (what) => {
    if (what.process) remember(what.process);
    // What is thrown away need not be put in order.
    shutdown.own(rank, name, { ...what, slow, ...(throwaway && { stop: what.kill }) });
  };
  return {
    broker(note) {
      const home = join(folder, 'broker');
      mkdirSync(home, { recursive: true, mode: 0o700 });
      const own = owner(91, 'broker', throwaway ? undefined : 'it puts its queues in order first, a few seconds');
      return provideBroker({
        folder: home,
        ports,
        node: logins.node,
        log: join(logs, 'broker.log'),
        own,
        note,
        environment,
      });
    },
    database(note) {
      const { databasePassword: password } = logins;
      const log = join(logs, 'database.log');
      const own = owner(90, 'database');
      return provideDatabase({ folder, port: ports.database, password, throwaway, log, own, note, environment });
    },
  };
}
