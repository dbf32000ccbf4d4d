import { defaultLanes } from '@patchbay/contracts';
import { integer, logLevels, port, readSettings, text, url, urls, type Settings } from '@patchbay/service-kit';
import { EnvError, makeExactValidator, num, str } from 'envalid';

/** One day at least: today's rows are never old. */
const days = makeExactValidator<number>((input) => {
  const value = Number(input);
  if (!/^\d{1,4}$/.test(input.trim()) || value < 1) throw new EnvError(`"${input}" is not 1 to 9999 days`);
  return value;
});

/** What `main.js migrate` needs. */
export const settingsOfMigrate = {
  DATABASE_URL: url({ desc: 'the PostgreSQL database, e.g. postgres://user:password@localhost:5432/patchbay' }),
  PATCHBAY_LOG_LEVEL: str({ choices: logLevels, default: 'info' }),
};

/** The settings of delivery-log by name. */
export const settingsOfDeliveryLog = {
  ...settingsOfMigrate,
  AMQP_URL: urls({ desc: 'the RabbitMQ server, e.g. amqp://user:password@localhost:5672' }),
  PATCHBAY_HOST: text({ default: '127.0.0.1', desc: 'the address to listen on' }),
  PATCHBAY_PORT: port({ default: 0, desc: 'the port to listen on' }),
  PATCHBAY_TOKENS_FILE: text({ desc: 'the tokens that may call this service' }),
  PATCHBAY_PAYLOADS_KEYS_FILE: text({ desc: 'the key ring that events and results are sealed with' }),
  PATCHBAY_CONFIG_URL: url({
    default: undefined,
    desc: 'config-service, asked for earlier versions of integrations; without it nothing is replayed as it was then',
  }),
  PATCHBAY_SERVICE_TOKEN_FILE: text({
    default: undefined,
    desc: 'the token, with the role viewer, that config-service is asked with',
  }),
  PATCHBAY_LANES: integer({ default: defaultLanes, desc: 'how many lanes there are, as in the other services' }),
  PATCHBAY_TIME_SCALE: num({ default: 1, desc: 'divides the waits of the retry ladder, as in the other services' }),
  PATCHBAY_RETENTION_DAYS: days({
    default: 30,
    desc: 'how many days what happened is kept, counted from its acceptance',
  }),
};

export type DeliveryLogSettings = Settings<typeof settingsOfDeliveryLog>;

/** Reads the settings; throws SettingsFault with all faults. */
export function readConfig(env: Record<string, string | undefined>): DeliveryLogSettings {
  return readSettings(settingsOfDeliveryLog, env);
}
