import 'reflect-metadata';
import { createLogger, describeSettings, runMain } from '@patchbay/service-kit';
import { readConfig, validators } from './config';
import { startSandbox } from './start-sandbox';

const startLogger = createLogger('sandbox', 'info');

runMain(async () => {
  const settings = readConfig(process.env);
  const logger = createLogger('sandbox', settings.PATCHBAY_LOG_LEVEL);
  logger.info({}, `settings: ${describeSettings(validators, settings)}`);
  await startSandbox(settings, logger);
}, startLogger);
