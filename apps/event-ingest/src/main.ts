import 'reflect-metadata';
import { createLogger, describeSettings, runMain } from '@patchbay/service-kit';
import { readEventIngestSettings, settingsOfEventIngest } from './config';
import { startEventIngest } from './start-event-ingest';

const name = 'event-ingest';

async function serve(): Promise<void> {
  const settings = readEventIngestSettings(process.env);
  const logger = createLogger(name, settings.PATCHBAY_LOG_LEVEL);
  logger.info({}, describeSettings(settingsOfEventIngest, settings));
  await startEventIngest(settings, logger);
}

runMain(serve, createLogger(name, 'info'));
