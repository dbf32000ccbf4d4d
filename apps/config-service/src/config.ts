import { bool } from 'envalid';
import {
  list,
  logLevels,
  port,
  readSettings,
  type Settings,
  type SettingsRules,
  text,
  url,
  urls,
} from '@patchbay/service-kit';

/** Every setting of the config service, by its name in the environment. */
export const settingsOfConfigService = {
  PATCHBAY_HOST: text({ default: '127.0.0.1' }),
  PATCHBAY_PORT: port({ default: 0 }),
  PATCHBAY_LOG_LEVEL: text({ choices: logLevels, default: 'info' }),
  PATCHBAY_TOKENS_FILE: text({ desc: 'path of the file with the hashed tokens' }),
  PATCHBAY_CREDENTIALS_KEYS_FILE: text({ desc: 'path of the key ring that seals authentications' }),
  PATCHBAY_ALLOW_UNVERIFIED: bool({
    default: false,
    desc: 'whether integrations may call without checking certificates (verify: false)',
  }),
  PATCHBAY_PROXIES: list({ default: [], desc: 'addresses that integrations may name as their proxy' }),
  AMQP_URL: urls({ desc: 'where RabbitMQ is', example: 'amqp://user:password@broker:5672' }),
  DATABASE_URL: url({ desc: 'where PostgreSQL is', example: 'postgres://user:password@database:5432/patchbay' }),
};

export type ConfigServiceSettings = Settings<typeof settingsOfConfigService>;

/** As in the dispatcher, which would refuse to start: what nobody carries out must not be configurable. */
const rulesOfProduction: SettingsRules<typeof settingsOfConfigService> = (settings) => ({
  ...(settings.PATCHBAY_ALLOW_UNVERIFIED && {
    PATCHBAY_ALLOW_UNVERIFIED: 'in production every certificate is checked',
  }),
});

export function readConfigServiceSettings(env: Record<string, string | undefined>): ConfigServiceSettings {
  return readSettings(settingsOfConfigService, env, env['NODE_ENV'] === 'production' ? rulesOfProduction : undefined);
}

/** What `migrate` needs. */
export const settingsOfMigrate = {
  PATCHBAY_LOG_LEVEL: settingsOfConfigService.PATCHBAY_LOG_LEVEL,
  DATABASE_URL: settingsOfConfigService.DATABASE_URL,
};
