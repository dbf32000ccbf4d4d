// What every project's jest.config.js starts from: swc compiles, library names lead to their sources.
const { readFileSync } = require('node:fs');
const swc = JSON.parse(readFileSync(`${__dirname}/.swcrc`, 'utf8'));

module.exports = {
  testEnvironment: 'node',
  // Machines are shared: how long a test may take says nothing about what it tests.
  testTimeout: 20_000,
  testMatch: ['**/*.spec.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  moduleNameMapper: { '^@patchbay/([a-z-]+)$': `${__dirname}/libs/$1/src/index.ts` },
};
