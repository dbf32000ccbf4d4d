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
import { keepPartitions } from './partitions/keep-partitions';
import { Partitions } from './partitions/partitions';
import { PayloadReads } from './payload-reads';
import { Payloads } from './payloads';
import { Poison } from './poison/poison';
import { RejectedReplays } from './rejected/replay-rejected';
import { RepeatedJob } from './repeated-job';
import { IntegrationVersions } from './replays/integration-versions';
import { ReplayOperations } from './replays/replay-operations';
import { republishedCounter } from './second-net/republished-counter';
import { SecondNet, type SecondNetOptions } from './second-net/second-net';
import { Writers } from './writers';

const keepPartitionsEveryMs = 3_600_000;
const secondNetEveryMs = 30_000;

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
  const partitions = new Partitions({ dataSource, retentionDays: settings.PATCHBAY_RETENTION_DAYS, now: Date.now });
  const keeping = new RepeatedJob({
    name: 'keeping partitions',
    run: () => keepPartitions(dataSource, partitions, logger),
    everyMs: keepPartitionsEveryMs,
    logger,
  });
  const secondNet = castSecondNet(settings, { dataSource, inspector: messaging, messaging, logger });
  const feed = new LiveFeed(payloads);
  const writers = new Writers({ store: { dataSource, partitions }, payloads, feed, logger });
  const sending = { payloads, publisher: messaging.publisher('replays'), lanes, versions: versionsOf(settings) };
  const replays = new Replays({ dataSource, ...sending });
  const replayOperations = new ReplayOperations({ dataSource, ...sending, logger });
  const poison = new Poison({ publisher: messaging.publisher('poison'), logger });
  const strategy = consumeRecords(messaging, dataSource, logger);
  return bootService({
    name: 'delivery-log',
    description:
      'What happened to every event and why: deliveries, dead letters, replay, operator events, a live feed.',
    module: DeliveryLogModule.of({
      dataSource,
      payloads,
      reads: new PayloadReads(logger),
      feed,
      writers,
      replays,
      replayOperations,
      poison,
      rejectedReplays: new RejectedReplays({ dataSource, payloads, publisher: messaging.publisher('rejected') }),
    }),
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
      await replayOperations.close();
      await Promise.all([messaging.close(), keeping.stop(), secondNet.stop()]);
      await dataSource.destroy();
    },
    ...options,
  });
}

function versionsOf(settings: DeliveryLogSettings): IntegrationVersions | undefined {
  const { PATCHBAY_CONFIG_URL: url, PATCHBAY_SERVICE_TOKEN_FILE: tokenFile } = settings;
  return url && tokenFile ? IntegrationVersions.at(url, tokenFile) : undefined;
}

function castSecondNet(
  { PATCHBAY_LANES: lanes, PATCHBAY_TIME_SCALE: timeScale }: DeliveryLogSettings,
  {
    messaging,
    logger,
    ...means
  }: Pick<SecondNetOptions, 'dataSource' | 'inspector'> & {
    messaging: Messaging;
    logger: Logger;
  },
): RepeatedJob {
  const republished = republishedCounter();
  const publisher = messaging.publisher('second net');
  const count = (jobs: number) => republished.inc(jobs);
  const net = new SecondNet({ ...means, publisher, lanes, timeScale, now: Date.now, logger, count });
  const everyMs = secondNetEveryMs / timeScale;
  return new RepeatedJob({ name: 'the second net', run: () => net.sweep(), everyMs, logger });
}

function consumeRecords(messaging: Messaging, dataSource: DataSource, logger: Logger): AmqpStrategy {
  // While the database is away the messages stay in their queues, untouched: each time a message is given out again
  // counts against its delivery limit. The probe changes nothing, yet fails on a standby and before the migrations.
  const probe = () => dataSource.query('update deliveries set status = status where false');
  const resumeWhen = async () => void (await retryForever('PostgreSQL', probe, logger));
  return new AmqpStrategy(messaging, {
    // What is prefetched is finished at a stop, however much is behind it: up to 256 records each.
    outcomes: { queues: [queueNames.outcomes], prefetch: 64, resumeWhen },
    'dead-letters': { queues: [queueNames.deadLetters], prefetch: 64, resumeWhen },
    rejected: { queues: [queueNames.rejected], prefetch: 64, resumeWhen },
    poison: { queues: [queueNames.poison], prefetch: 1 },
    'operator-events': { queues: [queueNames.operatorEvents], prefetch: 64, resumeWhen },
  });
}
