// The customers' services of this benchmark, in a process of their own: they and what they cost are no part of the figures.
import { createCertificateAuthority, startDigestServer } from '@patchbay/testing';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { answerAs, inOwnProcess, type OwnProcess } from '../measure/own-process';

export const credentials = { username: 'patchbay', password: 'correct horse battery staple' };

/** JSON of 500 bytes, as a customer database answers. */
const answer = (() => {
  const customer = { id: 'K-4711', name: 'Aino Virtanen', tier: 'gold', phones: ['+358401234567'], note: '' };
  const body = { priority: 50, queue: { id: 'vip' }, customer };
  customer.note = 'x'.repeat(500 - JSON.stringify(body).length);
  return JSON.stringify(body);
})();

const answerHeaders = { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length };

/** Milliseconds since the epoch, with fractions; the processes of one machine agree on it. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

export type Service = ReturnType<typeof createService>;

function createService() {
  const connections = new Set<Socket>();
  let latencies: number[] = [];
  let digests: Awaited<ReturnType<typeof startDigestServer>>;

  /** `/answer` answers at once, `/seen` too and notes how old `sentAt` in the body is, `/hang` never answers. */
  function serve(path: string | undefined, body: string, response: ServerResponse): void {
    if (path === '/hang') return;
    if (path === '/seen') latencies.push(preciseNow() - (JSON.parse(body) as { sentAt: number }).sentAt);
    response.writeHead(200, answerHeaders).end(answer);
  }

  return {
    /** Listens on `localhost`, and for any `*.bench.test`; `digestPort` wants Digest authentication on all paths. */
    async start(): Promise<{ caPem: string; port: number; digestPort: number }> {
      const ca = await createCertificateAuthority();
      const server = createServer(await ca.issue(['localhost', '*.bench.test']), (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => serve(request.url, Buffer.concat(chunks).toString(), response));
      });
      // Connections are the caller's to close.
      server.keepAliveTimeout = 0;
      server.on('secureConnection', (socket: Socket) => {
        connections.add(socket);
        socket.once('close', () => connections.delete(socket));
      });
      server.listen(0, '127.0.0.1', 4_096);
      await once(server, 'listening');
      digests = await startDigestServer({ ca, ...credentials, offers: [{ algorithm: 'SHA-256', qop: 'auth' }] });
      return { caPem: ca.caPem, port: (server.address() as AddressInfo).port, digestPort: digests.port };
    },
    openConnections: () => connections.size,
    /** How many requests the digest server has seen, and how many of them it let in. */
    digestRequests: () => ({
      seen: digests.exchanges.length,
      accepted: digests.exchanges.filter(({ verdict }) => verdict === 'accepted').length,
    }),
    /** Milliseconds from `sentAt` to the arrival at `/seen`, of every request since it was asked last. */
    takeLatencies(): number[] {
      const taken = latencies;
      latencies = [];
      return taken;
    },
  };
}

export const startService = (): OwnProcess<Service> => inOwnProcess<Service>('service');

export const beService = () => answerAs(createService());
