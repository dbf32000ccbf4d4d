import { createMessaging } from '@patchbay/messaging';
import { loadKeyRing } from '@patchbay/secrets';
import { bootService, databaseFault, type Logger, openDatabase, type RunningService } from '@patchbay/service-kit';
import { announcementTopology, announceRevision } from './announce-revision';
import { Workplace } from './change-integration';
import type { ConfigServiceSettings } from './config';
import { configDatabase } from './config-database';
import { ConfigServiceModule } from './config-service.module';
import { IntegrationStore } from './integration-store';

/** Starts the service: waits for the database, but not for the broker, which it needs only to announce changes. */
export async function startConfigService(
  settings: ConfigServiceSettings,
  logger: Logger,
  options: { signals?: boolean } = {},
): Promise<RunningService> {
  const keyRing = loadKeyRing(settings.PATCHBAY_CREDENTIALS_KEYS_FILE);
  const dataSource = await openDatabase(configDatabase(settings.DATABASE_URL), logger);
  const broker = { urls: settings.AMQP_URL, name: 'config-service', topology: announcementTopology(), logger };
  const messaging = createMessaging(broker);
  const publisher = messaging.publisher('announcements');
  const store = new IntegrationStore(dataSource, (revision) => announceRevision(publisher, logger, revision));
  const deployment = { allowUnverified: settings.PATCHBAY_ALLOW_UNVERIFIED, proxies: settings.PATCHBAY_PROXIES };
  return bootService({
    name: 'config-service',
    description: 'Owns the integrations and their authentications, and tells dispatchers what to do.',
    module: ConfigServiceModule.with(new Workplace(store, keyRing, deployment, () => new Date())),
    settings: { host: settings.PATCHBAY_HOST, port: settings.PATCHBAY_PORT },
    tokensFile: settings.PATCHBAY_TOKENS_FILE,
    logger,
    checks: { database: () => databaseFault(dataSource) },
    info: () => ({ broker: messaging.fault() ?? 'ok' }),
    onClose: async () => {
      await messaging.close();
      await dataSource.destroy();
    },
    ...options,
  });
}
