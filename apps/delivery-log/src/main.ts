import 'reflect-metadata';
import {
  createLogger,
  describeSettings,
  readSettings,
  runMain,
  runMigrations,
  waitForDatabase,
} from '@patchbay/service-kit';
import { readConfig, settingsOfDeliveryLog, settingsOfMigrate } from './config';
import { deliveriesDatabase } from './deliveries-database';
import { startDeliveryLog } from './start-delivery-log';

const name = 'delivery-log';

async function serve(): Promise<void> {
  const settings = readConfig(process.env);
  const logger = createLogger(name, settings.PATCHBAY_LOG_LEVEL);
  logger.info({}, describeSettings(settingsOfDeliveryLog, settings));
  await startDeliveryLog(settings, logger);
}

/** `main.js migrate`: brings the schema up to date and ends. */
async function migrate(): Promise<void> {
  const { DATABASE_URL, PATCHBAY_LOG_LEVEL } = readSettings(settingsOfMigrate, process.env);
  const logger = createLogger(name, PATCHBAY_LOG_LEVEL);
  const database = deliveriesDatabase(DATABASE_URL);
  await waitForDatabase(database, logger);
  const { applied } = await runMigrations(database);
  logger.info({ applied }, `the schema "${database.schema}" is up to date`);
}

runMain(process.argv[2] === 'migrate' ? migrate : serve, createLogger(name, 'info'));
