// The long part of the fault suite; `npm run test:faults` runs it. The fast part lies in e2e/src and belongs to npm test.
module.exports = {
  ...require('../../jest.preset.js'),
  displayName: 'faults',
  rootDir: __dirname,
  testMatch: ['**/*.fault.ts'],
  testTimeout: 600_000,
};
