import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { waitForCount, type CertificateAuthority } from '@patchbay/testing';

/** What a call told of itself; see `requestBody` of integrations.ts. */
interface CallBody {
  contact: { id: string; attached_data: { event: string; turn: number } };
}

/** One call as the customer's service saw it, written down before it is answered. */
export interface Call {
  /** Counts the calls in their order of arrival. */
  sequence: number;
  /** The Idempotency-Key. */
  key: string;
  /** Which service: the last part of the path. */
  service: string;
  event: string;
  conversation: string;
  turn: number;
  bodyHash: string;
  at: number;
  /** When the answer was written or the caller hung up; undefined while it is held. */
  endedAt: number | undefined;
  /** The status of the answer that reached the caller; undefined when none did. */
  status: number | undefined;
}

/** An answer, when it is due; the caller may be gone by then. */
export interface Answer {
  status: number;
  delayMs?: number;
  headers?: Record<string, string>;
  /** Held until this resolves. */
  when?: Promise<unknown>;
}

/** The customer's services over HTTPS, with a ledger. `script` says how each call is answered. */
export class CallEndpoint {
  readonly calls: Call[] = [];
  script: (call: Call) => Answer = () => ({ status: 200 });
  private readonly ledger = waitForCount(this.calls, 'calls');

  private constructor(private readonly server: Server) {}

  static async start(ca: CertificateAuthority): Promise<CallEndpoint> {
    const server = createServer({ ...(await ca.issue(['localhost', '127.0.0.1'])), keepAliveTimeout: 30_000 });
    const endpoint = new CallEndpoint(server);
    server.on('request', (incoming, response) => void endpoint.receive(incoming, response));
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.unref();
    return endpoint;
  }

  get origin(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves once there were so many calls in all. */
  waitForCalls(count: number, withinMs = 30_000): Promise<Call[]> {
    return this.ledger.wait(count, withinMs);
  }

  /** How many calls are held at the moment. */
  held(): number {
    return this.calls.filter(({ endedAt }) => endedAt === undefined).length;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk);
    } catch {
      // Cut off before it was whole: nobody could have acted on it.
      return;
    }
    const call = { ...readCall(incoming, Buffer.concat(chunks)), sequence: this.calls.length };
    response.once('finish', () => {
      call.status = response.statusCode;
      call.endedAt ??= Date.now();
    });
    response.once('close', () => (call.endedAt ??= Date.now()));
    this.ledger.add(call);
    const { status, headers = {}, delayMs = 0, when } = this.script(call);
    await when;
    const body = JSON.stringify({ seen: call.turn });
    const answer = () => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    if (delayMs > 0) setTimeout(answer, delayMs);
    else answer();
  }
}

function readCall({ url = '', headers }: IncomingMessage, body: Buffer): Omit<Call, 'sequence'> {
  const { contact } = JSON.parse(body.toString('utf8')) as CallBody;
  return {
    key: String(headers['idempotency-key']),
    service: url.split('/').at(-1)!,
    event: contact.attached_data.event,
    conversation: contact.id,
    turn: contact.attached_data.turn,
    bodyHash: createHash('sha256').update(body).digest('hex'),
    at: Date.now(),
    endedAt: undefined,
    status: undefined,
  };
}
