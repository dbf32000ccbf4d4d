import { readConfig, warningsOf } from './config';

const needed = {
  AMQP_URL: 'amqp://localhost',
  PATCHBAY_TOKENS_FILE: 'tokens',
  PATCHBAY_CONFIG_URL: 'http://localhost:1',
  PATCHBAY_SERVICE_TOKEN_FILE: 'token',
  PATCHBAY_CREDENTIALS_KEYS_FILE: 'keys',
  PATCHBAY_PAYLOADS_KEYS_FILE: 'keys',
  PATCHBAY_SNAPSHOT_FILE: 'snapshot',
};
const opened = { PATCHBAY_OUTBOUND_ALLOW_CIDRS: '10.0.0.0/8', PATCHBAY_OUTBOUND_ALLOW_HOSTS: 'crm.internal' };
const production = { ...needed, NODE_ENV: 'production' };

describe('H2.7: private networks and hosts', () => {
  it('may be opened outside production, and the log says so', () => {
    const config = readConfig({ ...needed, ...opened });
    expect(warningsOf(config)).toEqual([
      'integrations may call the networks 10.0.0.0/8',
      'integrations may call crm.internal whatever the address',
    ]);
  });

  it('are refused in production, all at once, with what to do', () => {
    const read = () => readConfig({ ...production, ...opened, PATCHBAY_PORT: 'x' });
    expect(read).toThrow(/PATCHBAY_PORT/);
    expect(read).toThrow(/ALLOW_CIDRS: .*PATCHBAY_OUTBOUND_ALLOW_PRIVATE_IN_PRODUCTION=true/);
    expect(read).toThrow(/ALLOW_HOSTS: /);
  });

  it('are taken in production when it is said twice', () => {
    const twice = { ...production, ...opened, PATCHBAY_OUTBOUND_ALLOW_PRIVATE_IN_PRODUCTION: 'true' };
    expect(readConfig(twice).PATCHBAY_OUTBOUND_ALLOW_CIDRS).toEqual(['10.0.0.0/8']);
  });

  it('are closed unless somebody opens them, and then there is nothing to warn of', () => {
    expect(warningsOf(readConfig(production))).toEqual([]);
  });
});

describe('H2.15: certificates', () => {
  it('are always checked in production', () => {
    expect(() => readConfig({ ...production, PATCHBAY_ALLOW_UNVERIFIED: 'true' })).toThrow(/ALLOW_UNVERIFIED/);
    expect(readConfig({ ...needed, PATCHBAY_ALLOW_UNVERIFIED: 'true' }).PATCHBAY_ALLOW_UNVERIFIED).toBe(true);
  });
});

it('failpoints are refused in production', () => {
  expect(() => readConfig({ ...production, PATCHBAY_FAILPOINT: 'before-ack:x' })).toThrow(/PATCHBAY_FAILPOINT/);
});

it('H2.6: the egress proxy may hold a password, which the summary masks', () => {
  const { summary } = readConfig({ ...needed, PATCHBAY_EGRESS_PROXY: 'http://user:s3cret@proxy.internal:3128' });
  expect(summary).toContain('PATCHBAY_EGRESS_PROXY=http://user:***@proxy.internal:3128');
});
