import { queueNames, topology } from '@patchbay/contracts';
import { createMessaging, type Messaging } from '@patchbay/messaging';
import { createSealer, loadKeyRing } from '@patchbay/secrets';
import {
  AmqpStrategy,
  bootService,
  databaseFault,
  openDatabase,
  retryForever,
  type Logger,
  type RunningService,
} from '@patchbay/service-kit';
import type { DataSource } from 'typeorm';
import type { DeliveryLogSettings } from './config';
import { Replays } from './dead-letters/replays';
import { deliveriesDatabase } from './deliveries-database';
import { DeliveryLogModule } from './delivery-log.module';
import { LiveFeed } from './live/live-feed';
import { Payloads } from './payloads';
import { Writers } from './writers';

/** Starts the service once database and broker are there. */
export async function startDeliveryLog(
  settings: DeliveryLogSettings,
  logger: Logger,
  options: { signals?: boolean } = {},
): Promise<RunningService> {
  const payloads = new Payloads(createSealer(loadKeyRing(settings.PATCHBAY_PAYLOADS_KEYS_FILE)));
  const dataSource = await openDatabase(deliveriesDatabase(settings.DATABASE_URL), logger);
  const { PATCHBAY_LANES: lanes, PATCHBAY_TIME_SCALE: timeScale } = settings;
  const declared = topology({ lanes, timeScale });
  const messaging = createMessaging({ urls: settings.AMQP_URL, name: 'delivery-log', topology: declared, logger });
  await messaging.ready();
  const feed = new LiveFeed(payloads);
  const writers = new Writers({ dataSource, payloads, feed, logger });
  const replays = new Replays({ dataSource, payloads, publisher: messaging.publisher('replays'), lanes });
  const strategy = consumeRecords(messaging, dataSource, logger);
  return bootService({
    name: 'delivery-log',
    description:
      'What happened to every event and why: deliveries, dead letters, replay, operator events, a live feed.',
    module: DeliveryLogModule.of({ dataSource, payloads, feed, writers, replays }),
    settings: { host: settings.PATCHBAY_HOST, port: settings.PATCHBAY_PORT },
    logger,
    tokensFile: settings.PATCHBAY_TOKENS_FILE,
    microservice: strategy,
    checks: {
      broker: () => messaging.fault(),
      database: () => databaseFault(dataSource),
      consumers: () => strategy.fault(),
    },
    onClose: async () => {
      await messaging.close();
      await dataSource.destroy();
    },
    ...options,
  });
}

function consumeRecords(messaging: Messaging, dataSource: DataSource, logger: Logger): AmqpStrategy {
  // While the database is away the messages stay in their queues, untouched: each time a message is given out again
  // counts against its delivery limit. The probe changes nothing, yet fails on a standby and before the migrations.
  const probe = () => dataSource.query('update deliveries set status = status where false');
  const resumeWhen = async () => void (await retryForever('PostgreSQL', probe, logger));
  return new AmqpStrategy(messaging, {
    outcomes: { queues: [queueNames.outcomes], prefetch: 256, resumeWhen },
    'dead-letters': { queues: [queueNames.deadLetters], prefetch: 64, resumeWhen },
    rejected: { queues: [queueNames.rejected], prefetch: 64, resumeWhen },
    'operator-events': { queues: [queueNames.operatorEvents], prefetch: 64, resumeWhen },
  });
}
