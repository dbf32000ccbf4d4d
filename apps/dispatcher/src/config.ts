import {
  describeSettings,
  integer,
  list,
  logLevels,
  port,
  ports,
  readSettings,
  text,
  url,
  urls,
  type SettingsRules,
} from '@patchbay/service-kit';
import { defaultLanes } from '@patchbay/contracts';
import { infrastructurePorts } from '@patchbay/outbound';
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
  PATCHBAY_OUTBOUND_ALLOW_HOSTS: list({
    default: [],
    desc: 'host names that calls may reach whatever their addresses',
  }),
  PATCHBAY_OUTBOUND_DENY_PORTS: ports({ default: infrastructurePorts, desc: 'ports never called' }),
  PATCHBAY_EGRESS_PROXY: url({ default: undefined, desc: 'proxy that calls go through, http:// or https://' }),
  PATCHBAY_PROXIES: list({ default: [], desc: 'further proxies that integrations may name' }),
  PATCHBAY_ALLOW_UNVERIFIED: bool({
    default: false,
    desc: 'whether integrations may call without checking certificates',
  }),
  PATCHBAY_OUTBOUND_ALLOW_PRIVATE_IN_PRODUCTION: bool({
    default: false,
    desc: 'says once more that calls may reach the private networks and hosts that are allowed',
  }),
  PATCHBAY_REPLICA: integer({ default: 0, desc: 'number of this replica, from 0' }),
  PATCHBAY_LANES: integer({ default: defaultLanes }),
  PATCHBAY_FAILPOINT: text({ default: undefined, desc: 'where to let the process die, as <point>:<text>; for tests' }),
  PATCHBAY_TIME_SCALE: integer({ default: 1, desc: 'divides every wait of the retry ladder; for tests' }),
};

/** What only a test or a trial may do. */
const rulesOfProduction: SettingsRules<typeof validators> = (settings) => {
  const again = settings.PATCHBAY_OUTBOUND_ALLOW_PRIVATE_IN_PRODUCTION;
  const opens = (list: string[] | undefined) => !again && list !== undefined && list.length > 0;
  const closed =
    'opens private networks to integrations; in production it also takes PATCHBAY_OUTBOUND_ALLOW_PRIVATE_IN_PRODUCTION=true';
  return {
    ...(opens(settings.PATCHBAY_OUTBOUND_ALLOW_CIDRS) && { PATCHBAY_OUTBOUND_ALLOW_CIDRS: closed }),
    ...(opens(settings.PATCHBAY_OUTBOUND_ALLOW_HOSTS) && { PATCHBAY_OUTBOUND_ALLOW_HOSTS: closed }),
    ...(settings.PATCHBAY_FAILPOINT && { PATCHBAY_FAILPOINT: 'is for tests; take it away' }),
    ...(settings.PATCHBAY_ALLOW_UNVERIFIED && {
      PATCHBAY_ALLOW_UNVERIFIED:
        'in production every certificate is checked; trust an authority with PATCHBAY_OUTBOUND_CA_FILE instead',
    }),
  };
};

/** What the start of the log says about calls that are opened further than usual. */
export function warningsOf(config: DispatcherConfig): string[] {
  const { PATCHBAY_OUTBOUND_ALLOW_CIDRS: cidrs, PATCHBAY_OUTBOUND_ALLOW_HOSTS: hosts } = config;
  return [
    ...(cidrs.length > 0 ? [`integrations may call the networks ${cidrs.join(', ')}`] : []),
    ...(hosts.length > 0 ? [`integrations may call ${hosts.join(', ')} whatever the address`] : []),
    ...(config.PATCHBAY_OUTBOUND_CA_FILE ? ['further certificate authorities are trusted'] : []),
    ...(config.PATCHBAY_ALLOW_UNVERIFIED ? ['integrations may call without checking certificates'] : []),
  ];
}

/** The settings of the dispatcher; all faults at once as SettingsFault. */
export function readConfig(env: NodeJS.ProcessEnv) {
  const settings = readSettings(validators, env, env['NODE_ENV'] === 'production' ? rulesOfProduction : undefined);
  return { ...settings, summary: describeSettings(validators, settings) };
}

export type DispatcherConfig = Omit<ReturnType<typeof readConfig>, 'PATCHBAY_EGRESS_PROXY' | 'PATCHBAY_FAILPOINT'> & {
  PATCHBAY_FAILPOINT: string | undefined;
  PATCHBAY_EGRESS_PROXY: string | undefined;
};
