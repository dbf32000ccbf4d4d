import { describeSettings, integer, list, port, readSettings, secretText, text, url } from './settings';

const validators = {
  AMQP_URL: url(),
  PATCHBAY_PORT: port({ default: 0 }),
  PATCHBAY_LANES: integer({ default: 16 }),
  PATCHBAY_CIDRS: list({ default: [] }),
  PATCHBAY_KEY: secretText(),
  PATCHBAY_LEVEL: text({ choices: ['debug', 'info'], default: 'info' }),
  PATCHBAY_NOTE: text({ default: undefined }),
};

describe('settings', () => {
  it('are read by name, with defaults', () => {
    const env = { AMQP_URL: 'amqp://u:p@broker', PATCHBAY_CIDRS: ' 10.0.0.0/8, ::1/128,', PATCHBAY_KEY: 'k' };
    expect(readSettings(validators, env)).toEqual({
      AMQP_URL: 'amqp://u:p@broker',
      PATCHBAY_PORT: 0,
      PATCHBAY_LANES: 16,
      PATCHBAY_CIDRS: ['10.0.0.0/8', '::1/128'],
      PATCHBAY_KEY: 'k',
      PATCHBAY_LEVEL: 'info',
      PATCHBAY_NOTE: undefined,
    });
  });

  it('that cannot be used are all named at once', () => {
    const env = { AMQP_URL: 'not a url', PATCHBAY_PORT: '70000', PATCHBAY_LANES: '1.5', PATCHBAY_LEVEL: 'loud' };
    const read = () => readSettings(validators, env);
    for (const name of ['AMQP_URL', 'PATCHBAY_PORT', 'PATCHBAY_LANES', 'PATCHBAY_LEVEL', 'PATCHBAY_KEY: is missing']) {
      expect(read).toThrow(name);
    }
  });

  it('are shown with secrets and passwords masked', () => {
    const env = { AMQP_URL: 'amqp://user:hunter2@broker:5672/x', PATCHBAY_KEY: 'hunter2' };
    const line = describeSettings(validators, readSettings(validators, env));
    expect(line).toContain('AMQP_URL=amqp://user:***@broker:5672/x');
    expect(line).not.toContain('hunter2');
  });
});
