import { queueNames } from '@patchbay/contracts';
import { createMessaging, type Messaging } from '@patchbay/messaging';
import { loadKeyRing } from '@patchbay/secrets';
import {
  AmqpStrategy,
  bootService,
  databaseFault,
  type Logger,
  openDatabase,
  retryForever,
  type RunningService,
} from '@patchbay/service-kit';
import type { DataSource } from 'typeorm';
import { announceRevision } from './announce-revision';
import { Workplace } from './change-integration';
import type { ConfigServiceSettings } from './config';
import { configDatabase } from './config-database';
import { ConfigServiceModule } from './config-service.module';
import { configTopology } from './config-topology';
import { IntegrationStore } from './integration-store';
import { Suspensions } from './suspensions';

/** Starts the service: waits for the database, but not for the broker; without it, suspensions wait in their queue. */
export async function startConfigService(
  settings: ConfigServiceSettings,
  logger: Logger,
  options: { signals?: boolean } = {},
): Promise<RunningService> {
  const keyRing = loadKeyRing(settings.PATCHBAY_CREDENTIALS_KEYS_FILE);
  const dataSource = await openDatabase(configDatabase(settings.DATABASE_URL), logger);
  const broker = { urls: settings.AMQP_URL, name: 'config-service', topology: configTopology(), logger };
  const messaging = createMessaging(broker);
  const publisher = messaging.publisher('announcements');
  const store = new IntegrationStore(dataSource, (revision) => announceRevision(publisher, logger, revision));
  const deployment = { allowUnverified: settings.PATCHBAY_ALLOW_UNVERIFIED, proxies: settings.PATCHBAY_PROXIES };
  const workplace = new Workplace(store, keyRing, deployment, () => new Date());
  const suspensions = new Suspensions(workplace, messaging.publisher('refusals'), logger);
  return bootService({
    name: 'config-service',
    description: 'Owns the integrations and their authentications, and tells dispatchers what to do.',
    module: ConfigServiceModule.with(workplace, suspensions),
    settings: { host: settings.PATCHBAY_HOST, port: settings.PATCHBAY_PORT },
    tokensFile: settings.PATCHBAY_TOKENS_FILE,
    logger,
    microservice: consumeSuspensions(messaging, dataSource, logger),
    checks: { database: () => databaseFault(dataSource) },
    info: () => ({ broker: messaging.fault() ?? 'ok' }),
    onClose: async () => {
      await messaging.close();
      await dataSource.destroy();
    },
    ...options,
  });
}

function consumeSuspensions(messaging: Messaging, dataSource: DataSource, logger: Logger): AmqpStrategy {
  // While the database is away the messages stay in their queue, untouched. The probe changes nothing, yet fails on a
  // standby.
  const probe = () => dataSource.query('update revision set value = value where false');
  const resumeWhen = async () => void (await retryForever('PostgreSQL', probe, logger));
  return new AmqpStrategy(messaging, { suspensions: { queues: [queueNames.suspensions], prefetch: 16, resumeWhen } });
}
