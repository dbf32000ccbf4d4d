import 'reflect-metadata';
import {
  createLogger,
  describeSettings,
  readSettings,
  runMain,
  runMigrations,
  waitForDatabase,
} from '@patchbay/service-kit';
import { readConfigServiceSettings, settingsOfConfigService, settingsOfMigrate } from './config';
import { configDatabase } from './config-database';
import { startConfigService } from './start-config-service';

const name = 'config-service';

async function serve(): Promise<void> {
  const settings = readConfigServiceSettings(process.env);
  const logger = createLogger(name, settings.PATCHBAY_LOG_LEVEL);
  logger.info({}, describeSettings(settingsOfConfigService, settings));
  await startConfigService(settings, logger);
}

/** `main.js migrate`: brings the schema up to date and ends. */
async function migrate(): Promise<void> {
  const { DATABASE_URL, PATCHBAY_LOG_LEVEL } = readSettings(settingsOfMigrate, process.env);
  const logger = createLogger(name, PATCHBAY_LOG_LEVEL);
  const database = configDatabase(DATABASE_URL);
  await waitForDatabase(database, logger);
  const { applied } = await runMigrations(database);
  logger.info({ applied }, `the schema "${database.schema}" is up to date`);
}

runMain(process.argv[2] === 'migrate' ? migrate : serve, createLogger(name, 'info'));
