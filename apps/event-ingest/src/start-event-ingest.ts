import { queueNames, topology } from '@patchbay/contracts';
import { createMessaging } from '@patchbay/messaging';
import { AmqpStrategy, bootService, type Logger, type RunningService } from '@patchbay/service-kit';
import type { EventIngestSettings } from './config';
import { EventIngestModule } from './event-ingest.module';
import { Forwarder } from './forwarder';
import { Intake } from './intake';

/** As many as a publisher may have unconfirmed; more would only wait. */
const prefetch = 256;

/** Starts the service; without a broker it answers 503 and says so in readiness until there is one. */
export async function startEventIngest(
  settings: EventIngestSettings,
  logger: Logger,
  options: { signals?: boolean } = {},
): Promise<RunningService> {
  const { PATCHBAY_LANES: lanes, PATCHBAY_TIME_SCALE: timeScale, AMQP_URL: urls } = settings;
  const messaging = createMessaging({ urls, name: 'event-ingest', topology: topology({ lanes, timeScale }), logger });
  const intake = new Intake({
    forwarder: new Forwarder({ publisher: messaging.publisher('lanes'), lanes, logger }),
    rejections: messaging.publisher('rejections'),
    logger,
    now: () => new Date().toISOString(),
  });
  return bootService({
    name: 'event-ingest',
    description: 'Takes lifecycle events of conversations and puts them into their lanes.',
    module: EventIngestModule.with(intake),
    settings: { host: settings.PATCHBAY_HOST, port: settings.PATCHBAY_PORT },
    tokensFile: settings.PATCHBAY_TOKENS_FILE,
    rawBodyPaths: ['/v1/events'],
    microservice: new AmqpStrategy(messaging, { intake: { queues: [queueNames.intake], prefetch } }),
    logger,
    checks: { broker: () => messaging.fault() },
    onClose: () => messaging.close(),
    ...options,
  });
}
