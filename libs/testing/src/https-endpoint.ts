import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { CertificateAuthority } from './certificate-authority';
import { waitForCount } from './wait-for-count';

/** What the endpoint was asked, written down before it answers. */
export interface ReceivedRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Date.now() when the request was complete. */
  at: number;
  /** Counts connections from 1, so that reuse shows. */
  connection: number;
}

/** How to answer. `reset` cuts the connection; `hang` never answers; `drip` sends a byte of the body at a time, for ever. */
export type Reply =
  | { status?: number; headers?: Record<string, string | string[]>; body?: string | Buffer; delayMs?: number }
  | { hang: true }
  | { drip: true; everyMs: number }
  | { reset: true };

export type Respond = (request: ReceivedRequest) => Reply;

export interface HttpsEndpointOptions {
  ca: CertificateAuthority;
  /** By path without query, or one for all; the default answers 204. */
  respond?: Respond | Record<string, Reply | Respond>;
  /** Names in the certificate. */
  names?: string[];
}

export interface HttpsEndpoint {
  /** `https://localhost:<port>` */
  origin: string;
  port: number;
  requests: ReceivedRequest[];
  /** For tests that look below HTTP. */
  server: Server;
  /** Resolves with the first `count` requests once that many have come. */
  waitForRequests(count: number, withinMs?: number): Promise<ReceivedRequest[]>;
  close(): Promise<void>;
}

/** A real HTTPS server on a free port of the loopback interface that does as it is told and keeps a ledger. */
export async function startHttpsEndpoint(options: HttpsEndpointOptions): Promise<HttpsEndpoint> {
  const { ca, respond = () => ({ status: 204 }), names = ['localhost', '127.0.0.1', '::1'] } = options;
  const requests: ReceivedRequest[] = [];
  const ledger = waitForCount(requests, 'requests');
  const numbers = new WeakMap<Socket, number>();
  const server = createServer(await ca.issue(names), (incoming, response) => {
    void receive(incoming, numbers.get(incoming.socket) ?? 0).then((request) => {
      ledger.add(request);
      reply(response, chooseReply(respond, request));
    });
  });
  let connections = 0;
  server.on('secureConnection', (socket) => numbers.set(socket, (connections += 1)));
  // A client that refuses our certificate is a case under test, not a fault of the endpoint.
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://localhost:${port}`,
    port,
    requests,
    server,
    waitForRequests: ledger.wait,
    close: () => closeServer(server),
  };
}

async function receive(incoming: IncomingMessage, connection: number): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method = '', url: path = '', headers } = incoming;
  return { method, path, headers, body: Buffer.concat(chunks).toString('utf8'), at: Date.now(), connection };
}

function chooseReply(respond: HttpsEndpointOptions['respond'], request: ReceivedRequest): Reply {
  if (typeof respond === 'function') return respond(request);
  const chosen = respond?.[request.path.split('?')[0] ?? ''] ?? { status: 404 };
  return typeof chosen === 'function' ? chosen(request) : chosen;
}

function reply(response: ServerResponse, how: Reply): void {
  if ('hang' in how) return;
  if ('reset' in how) return void response.socket?.destroy();
  if ('drip' in how) return drip(response, how.everyMs);
  const { status = 200, headers = {}, body = '', delayMs = 0 } = how;
  const send = () => response.writeHead(status, headers).end(body);
  if (delayMs === 0) send();
  else setTimeout(send, delayMs);
}

function drip(response: ServerResponse, everyMs: number): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write('.'), everyMs);
  response.on('close', () => clearInterval(timer));
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
