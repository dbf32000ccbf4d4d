// All projects in one run; `npm test` uses this. One project: jest -c libs/edi/jest.config.js
const { existsSync, readdirSync } = require('node:fs');
const projects = ['libs', 'apps']
  .flatMap((room) => readdirSync(`${__dirname}/${room}`).map((name) => `${room}/${name}`))
  .concat('tools', 'conformance', 'e2e')
  .filter((path) => existsSync(`${__dirname}/${path}/jest.config.js`));

module.exports = { projects: projects.map((path) => `<rootDir>/${path}`) };
