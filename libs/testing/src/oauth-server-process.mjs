// A real authorization server in a process of its own (its package is an ES module), and a resource that asks it about
// tokens. oauth-server.ts asks it over IPC: { id, word }, the first with { key, cert, clients, scopes } for the start.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

const [{ id: startId, key, cert, clients, scopes }] = await once(process, 'message');
const server = createServer({ key, cert }, (request, response) => serve(request, response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `https://localhost:${server.address().port}`;

const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const provider = new Provider(origin, {
  clients: clients.map(({ id, secret, auth, scopes: allowed }) => ({
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: auth,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
    scope: allowed.join(' '),
  })),
  scopes,
  jwks: { keys: [signingKey] },
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  ttl: { ClientCredentials: 600 },
});
const issued = [];
let tokenRequests = 0;
provider.on('client_credentials.saved', (token) => issued.push(token));

function serve(request, response) {
  if (request.url === '/token') tokenRequests += 1;
  if (request.url === '/resource') void answerWhoAsks(request, response);
  else provider.callback()(request, response);
}

async function answerWhoAsks({ headers }, response) {
  const [, value] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
  const token = value && (await provider.ClientCredentials.find(value));
  if (!token) return response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
  const body = JSON.stringify({ client: token.clientId, scope: token.scope ?? null });
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

const words = {
  tokenRequests: () => tokenRequests,
  forgetTokens: () => Promise.all(issued.splice(0).map((token) => token.destroy())).then((all) => all.length),
};
process.on('message', ({ id, word }) => void Promise.resolve(words[word]()).then((answer) => reply(id, answer)));
process.on('disconnect', () => process.exit());
reply(startId, origin);

function reply(id, answer) {
  process.send({ id, answer });
}
