// Stands in for every service of the system where the launcher itself is the subject of a test: it answers what the
// launcher asks, and nothing more. FAIL=<name> makes the service of that name end while starting.
export const standInService = `
const { createServer } = require('node:http');
const { writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

const name = basename(dirname(process.argv[1]));
const json = (value: unknown) => JSON.stringify(value);
const delivery = { at: new Date().toISOString(), conversation: 'c-1', event: 'received', integration: 'Stand-in', status: 'succeeded' };
const integrations: unknown[] = [];

if (process.argv[2] === 'migrate') process.exit(0);
if (process.env.FAIL === name) {
  process.stderr.write('the stand-in was told to fail\\n');
  process.exit(3);
}
if (name === 'sandbox') writeFileSync(join(process.env.PATCHBAY_SANDBOX_FOLDER, 'ca.pem'), 'stand-in');

const answers: Record<string, () => unknown> = {
  'GET /v1/integrations': () => ({ items: integrations }),
  'POST /v1/integrations': () => integrations.push({}),
  'GET /v1/snapshot': () => ({ revision: integrations.length }),
  'GET /health/ready': () => ({ configRevision: integrations.length }),
  'GET /v1/addresses': () => ({ endpoint: 'https://localhost:1' }),
};
const server = createServer((request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/v1/live') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    return void response.write('data: ' + json(delivery) + '\\n\\n');
  }
  response.end(json(answers[request.method + ' ' + path]?.() ?? {}));
});
server.listen(Number(process.env.PATCHBAY_PORT), process.env.PATCHBAY_HOST);
process.on('SIGTERM', () => process.exit(0));
`;
