import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { ServerCertificate } from './certificate-authority';

export interface ConnectProxyOptions {
  /** `user:password` that clients must give; anybody may come otherwise. */
  credentials?: string;
  /** Hosts that are answered with 403. */
  deny?: string[];
  /** Where names really are, by `host:port`; the port of 127.0.0.1 to connect to. */
  hosts?: Record<string, number>;
  /** Takes requests and never answers. */
  hang?: boolean;
  /** The client comes over TLS. */
  certificate?: ServerCertificate;
}

/** A request that came, and how it was answered; null while it hangs. */
export interface ConnectRequest {
  /** `host:port` as it was asked for. */
  target: string;
  authorization: string | undefined;
  status: number | null;
}

/** An HTTP proxy that knows CONNECT only. */
export interface ConnectProxy {
  /** `http://127.0.0.1:<port>` or `https://localhost:<port>`. */
  address: string;
  port: number;
  log: ConnectRequest[];
  /** What clients sent through the tunnels, as it came over the wire. */
  tunnelled(): Buffer;
  openConnections(): number;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of the loopback interface. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const log: ConnectRequest[] = [];
  const open = new Set<Socket>();
  const sent: Buffer[] = [];
  const server: Server = options.certificate ? createSecureServer(options.certificate) : createServer();
  const track = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
  };
  server.on('connection', track);
  server.on('tlsClientError', () => undefined);
  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    client.on('error', () => undefined);
    const entry: ConnectRequest = {
      target: incoming.url ?? '',
      authorization: incoming.headers['proxy-authorization'],
      status: options.hang ? null : judge(incoming, options),
    };
    log.push(entry);
    if (entry.status === null) return;
    if (entry.status !== 200) return void client.end(`HTTP/1.1 ${entry.status} No\r\ncontent-length: 0\r\n\r\n`);
    join(client, target(entry.target, options), sent, track, (status) => (entry.status = status));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: options.certificate ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    log,
    tunnelled: () => Buffer.concat(sent),
    openConnections: () => open.size,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function judge({ url = '', headers }: IncomingMessage, { credentials, deny = [] }: ConnectProxyOptions): number {
  const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  if (expected && headers['proxy-authorization'] !== expected) return 407;
  return deny.includes(url.replace(/:\d+$/, '')) ? 403 : 200;
}

function target(asked: string, { hosts = {} }: ConnectProxyOptions): { host: string; port: number } {
  const known = hosts[asked];
  if (known !== undefined) return { host: '127.0.0.1', port: known };
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(asked) ?? [];
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(port) };
}

function join(
  client: Socket,
  to: { host: string; port: number },
  sent: Buffer[],
  track: (socket: Socket) => void,
  failed: (status: number) => void,
): void {
  const service = connect({ ...to, noDelay: true });
  let joined = false;
  track(service);
  service.once('connect', () => {
    joined = true;
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.on('data', (chunk: Buffer) => {
      sent.push(chunk);
      service.write(chunk);
    });
    service.on('data', (chunk: Buffer) => void client.write(chunk));
  });
  service.on('error', () => {
    if (joined) return void client.destroy();
    failed(502);
    client.end('HTTP/1.1 502 Bad gateway\r\ncontent-length: 0\r\n\r\n');
  });
  service.once('close', () => joined && client.destroy());
  // Sockets of an HTTP server stay half open, others do not.
  client.once('end', () => service.end());
  client.once('close', () => service.destroy());
}
