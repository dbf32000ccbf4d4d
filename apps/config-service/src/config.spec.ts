import { readConfigServiceSettings } from './config';

const needed = {
  PATCHBAY_TOKENS_FILE: 'tokens',
  PATCHBAY_CREDENTIALS_KEYS_FILE: 'keys',
  AMQP_URL: 'amqp://localhost',
  DATABASE_URL: 'postgres://localhost/x',
  PATCHBAY_ALLOW_UNVERIFIED: 'true',
};

it('H2.15: unchecked certificates can be allowed in trials, never in production', () => {
  expect(readConfigServiceSettings(needed).PATCHBAY_ALLOW_UNVERIFIED).toBe(true);
  expect(() => readConfigServiceSettings({ ...needed, NODE_ENV: 'production' })).toThrow(/PATCHBAY_ALLOW_UNVERIFIED/);
});
