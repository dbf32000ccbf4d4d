import 'reflect-metadata';
import { createLogger, runMain } from '@patchbay/service-kit';
import { readConfig } from './config';
import { startDispatcher } from './start-dispatcher';

async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger('dispatcher', config.PATCHBAY_LOG_LEVEL);
  logger.info({}, config.summary);
  await startDispatcher(config, logger);
}

runMain(serve, createLogger('dispatcher', 'info'));
