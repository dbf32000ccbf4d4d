import { defaultLanes } from '@patchbay/contracts';
import { integer, logLevels, port, readSettings, type Settings, text, urls } from '@patchbay/service-kit';

/** Every setting of event intake, by its name in the environment. */
export const settingsOfEventIngest = {
  PATCHBAY_HOST: text({ default: '127.0.0.1' }),
  PATCHBAY_PORT: port({ default: 0 }),
  PATCHBAY_LOG_LEVEL: text({ choices: logLevels, default: 'info' }),
  PATCHBAY_TOKENS_FILE: text({ desc: 'path of the file with the hashed tokens' }),
  PATCHBAY_LANES: integer({ default: defaultLanes, desc: 'how many lanes there are; the same for every service' }),
  PATCHBAY_TIME_SCALE: integer({ default: 1, desc: 'divides the waits of the retry ladder; for tests' }),
  AMQP_URL: urls({ desc: 'where RabbitMQ is', example: 'amqp://user:password@broker:5672' }),
};

export type EventIngestSettings = Settings<typeof settingsOfEventIngest>;

export function readEventIngestSettings(env: Record<string, string | undefined>): EventIngestSettings {
  return readSettings(settingsOfEventIngest, env);
}
