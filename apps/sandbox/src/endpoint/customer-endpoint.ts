import type { Json } from '@patchbay/edi';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from '../certificate';
import { showsCredentials } from './credentials';
import { FaultPlan, type PlannedFault } from './fault-plan';
import { Ledger, liesBelow } from './ledger';
import type { CustomerService, ServiceAnswer } from './service';
import * as registry from './services';

const services: CustomerService[] = Object.values(registry);

/** The running customer services. */
export interface CustomerEndpoint {
  /** `https://localhost:PORT` */
  origin: string;
  ledger: Ledger;
  faults: FaultPlan;
  /** Drops open connections and stops listening. */
  close(): Promise<void>;
}

/** Serves all customer services over HTTPS on `host`; port 0 = a free one. */
export async function startCustomerEndpoint(
  certificate: Pick<ServerCertificate, 'cert' | 'key'>,
  { host, port }: { host: string; port: number },
): Promise<CustomerEndpoint> {
  const ledger = new Ledger();
  const faults = new FaultPlan();
  const server = createServer({ ...certificate, minVersion: 'TLSv1.2', keepAlive: true }, (request, response) => {
    readBody(request, (body) => respond({ request, response, body }, ledger, faults));
  });
  // Longer than any caller keeps an idle connection, so that it is never closed under a request on its way.
  server.keepAliveTimeout = 120_000;
  await listen(server, host, port);
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    ledger,
    faults,
    close: () => close(server),
  };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  body: string;
}

function respond({ request, response, body }: Exchange, ledger: Ledger, faults: FaultPlan): void {
  const { method = 'GET', url = '/', headers } = request;
  const queryStart = url.includes('?') ? url.indexOf('?') : url.length;
  const path = url.slice(0, queryStart);
  const query = url.slice(queryStart);
  const fault = faults.take(path);
  const answer = answerFor({ method, path, query, body }, request, fault);
  ledger.write({ at: new Date().toISOString(), method, path, query, body, status: answer.status }, headers);
  // A late answer is no reason to keep the process from ending.
  if (fault?.delayMs) setTimeout(send, fault.delayMs, response, answer).unref();
  else send(response, answer);
}

interface RawRequest {
  method: string;
  path: string;
  query: string;
  body: string;
}

function answerFor(raw: RawRequest, { headers }: IncomingMessage, fault: PlannedFault | undefined): ServiceAnswer {
  if (fault?.status) return { status: fault.status, body: { error: 'this service was told to fail' } };
  const service = services.find(({ path }) => liesBelow(raw.path, path));
  if (!service) return { status: 404, body: { error: 'no service has this path' } };
  if (!showsCredentials(service.credentials, headers)) return { status: 401, body: { error: 'wrong credentials' } };
  if (!service.methods.includes(raw.method)) return { status: 405, body: { error: `${raw.method} is not served` } };
  const body = parse(raw.body);
  if (body === unreadable) return { status: 400, body: { error: 'the body is no JSON' } };
  return service.answer({ method: raw.method, path: raw.path, query: new URLSearchParams(raw.query), body });
}

const unreadable = Symbol('unreadable');

function parse(text: string): Json | undefined | typeof unreadable {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return unreadable;
  }
}

/** By events, not by iteration: this endpoint also takes the load of benchmarks. */
function readBody(request: IncomingMessage, onBody: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => onBody(Buffer.concat(chunks).toString('utf8')));
  // A caller that hangs up in the middle of its request is its own affair.
  request.on('error', () => undefined);
}

function send(response: ServerResponse, { status, body }: ServiceAnswer): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
