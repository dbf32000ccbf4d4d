import { defaultLanes } from '@patchbay/contracts';
import { integer, logLevels, port, readSettings, text, urls, type Settings } from '@patchbay/service-kit';
import { str } from 'envalid';

/** The settings of the sandbox by name. */
export const validators = {
  AMQP_URL: urls({ desc: 'the RabbitMQ server, e.g. amqp://user:password@localhost:5672' }),
  PATCHBAY_HOST: text({ default: '127.0.0.1', desc: 'the address to listen on' }),
  PATCHBAY_PORT: port({ default: 0, desc: 'the port of the control API' }),
  PATCHBAY_SANDBOX_ENDPOINT_PORT: port({ default: 0, desc: 'the port of the customer services (HTTPS)' }),
  PATCHBAY_SANDBOX_FOLDER: text({ desc: 'a folder of its own, where its certificates lie' }),
  PATCHBAY_SANDBOX_NEIGHBOURS: str({
    choices: ['on', 'with-play'] as const,
    default: 'with-play',
    desc: 'when routing and agent desktop take results: from the start, or once conversations are played',
  }),
  PATCHBAY_TOKENS_FILE: text({ desc: 'the tokens that may use the control API' }),
  PATCHBAY_LOG_LEVEL: str({ choices: logLevels, default: 'info' }),
  PATCHBAY_LANES: integer({ default: defaultLanes, desc: 'as in the other services' }),
  PATCHBAY_TIME_SCALE: integer({ default: 1, desc: 'as in the other services' }),
};

export type SandboxSettings = Settings<typeof validators>;

/** Reads the settings; throws SettingsFault with all faults. */
export function readConfig(env: Record<string, string | undefined>): SandboxSettings {
  return readSettings(validators, env);
}
