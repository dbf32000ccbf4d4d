import { integer, list, logLevels, port, text, url, urls, readSettings, describeSettings } from '@patchbay/service-kit';
import { defaultLanes } from '@patchbay/contracts';
import { bool, str } from 'envalid';

const validators = {
  AMQP_URL: urls({ desc: 'where RabbitMQ is: amqp://user:password@host:port/vhost; several separated by commas' }),
  PATCHBAY_HOST: text({ default: '127.0.0.1' }),
  PATCHBAY_PORT: port({ default: 0 }),
  PATCHBAY_TOKENS_FILE: text({ desc: 'file with the hashes of the tokens that may call this service' }),
  PATCHBAY_LOG_LEVEL: str({ choices: logLevels, default: 'info' }),
  PATCHBAY_CONFIG_URL: url({ desc: 'where config-service is' }),
  PATCHBAY_SERVICE_TOKEN_FILE: text({ desc: 'file with the token this service shows to config-service' }),
  PATCHBAY_CREDENTIALS_KEYS_FILE: text({ desc: 'key ring that opens the secrets of integrations' }),
  PATCHBAY_PAYLOADS_KEYS_FILE: text({ desc: 'key ring that seals events in jobs and records' }),
  PATCHBAY_SNAPSHOT_FILE: text({ desc: 'where the last good configuration is kept, sealed' }),
  PATCHBAY_OUTBOUND_CA_FILE: text({ default: undefined, desc: 'further certificate authorities for calls, PEM' }),
  PATCHBAY_OUTBOUND_ALLOW_CIDRS: list({ default: [], desc: 'private networks that calls may reach' }),
  PATCHBAY_ALLOW_UNVERIFIED: bool({
    default: false,
    desc: 'whether integrations may call without checking certificates',
  }),
  PATCHBAY_REPLICA: integer({ default: 0, desc: 'number of this replica, from 0' }),
  PATCHBAY_LANES: integer({ default: defaultLanes }),
  PATCHBAY_TIME_SCALE: integer({ default: 1, desc: 'divides every wait of the retry ladder; for tests' }),
};

/** The settings of the dispatcher; all faults at once as SettingsFault. */
export function readConfig(env: NodeJS.ProcessEnv) {
  const settings = readSettings(validators, env);
  return { ...settings, summary: describeSettings(validators, settings) };
}

export type DispatcherConfig = ReturnType<typeof readConfig>;
