// The tools are plain Node modules and so are their specs; swc turns both into what jest can load.
const preset = require('../jest.preset.js');

module.exports = {
  ...preset,
  displayName: 'tools',
  rootDir: __dirname,
  testMatch: ['**/*.spec.mjs'],
  transform: { '^.+\\.mjs$': preset.transform['^.+\\.ts$'] },
  moduleFileExtensions: ['mjs', 'js', 'json'],
};
