import { expect, test } from '@jest/globals';
import { readStartOptions } from './start-options.mjs';

const here = { INIT_CWD: __dirname };

test('without options, it plays the sandbox and keeps its state in the checkout', () => {
  const options = readStartOptions([], here);
  expect(options).toMatchObject({
    play: true,
    json: false,
    fresh: false,
    state: expect.stringMatching(/\/\.patchbay$/),
  });
});

test('paths are those of where the command was typed', () => {
  const options = readStartOptions(['--replay', 'start-options.mjs', '--speed', '60', '--state', 'there'], here);
  expect(options).toMatchObject({ replay: `${__dirname}/start-options.mjs`, speed: 60, state: `${__dirname}/there` });
});

test.each([
  [['--replay', 'missing.csv'], /no file .*missing\.csv/],
  [['--speed', '2'], /--speed is for --replay/],
  [['--replay', 'start.mjs', '--speed', 'fast'], /--speed is "fast"/],
  [['--replay', 'start.mjs', '--no-play'], /contradict/],
  [['--colour'], /--colour[^]*npm start -- \[options\]/],
])('%j is a fault that says what is wrong', (args, message) => {
  expect(() => readStartOptions(args, here)).toThrow(message);
});
