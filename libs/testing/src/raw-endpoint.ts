import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureVersion } from 'node:tls';
import type { CertificateAuthority, ServerCertificate } from './certificate-authority';
import { waitForCount } from './wait-for-count';

/** What a server does, in bytes, whenever something comes on a connection; they are numbered from 1 as they get ready. */
export type Script = (socket: Socket, bytes: Buffer, connection: number) => void;

export interface RawEndpointOptions {
  /** Speaks TLS with a certificate of this authority; plain TCP without. */
  ca?: CertificateAuthority;
  /** A certificate instead of one for localhost. */
  certificate?: ServerCertificate;
  /** Asks its clients for a certificate; any will do. */
  requestCert?: boolean;
  /** Of TLS; nothing newer is spoken, and of the old versions all. */
  maxVersion?: SecureVersion;
  script?: Script;
  /** Called when a connection comes, before anything was sent on it, and before TLS. */
  onConnection?: (socket: Socket) => void;
  host?: string;
}

/** A server for what no HTTP library would ever send. */
export interface RawEndpoint {
  /** `https://localhost:<port>` */
  origin: string;
  port: number;
  /** Numbers of all connections that have come so far, from 1. */
  connections: number[];
  /** Resolves once that many connections have come. */
  waitForConnections(count: number): Promise<number[]>;
  /** How many are open now. */
  openConnections(): number;
  /** Resolves when none is open. */
  allClosed(withinMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface and lets the script answer. */
export async function startRawEndpoint(options: RawEndpointOptions): Promise<RawEndpoint> {
  const { ca, script = () => undefined, onConnection, requestCert, maxVersion, host = '127.0.0.1' } = options;
  const certificate = options.certificate ?? (await ca?.issue(['localhost', '127.0.0.1', '::1']));
  const connections: number[] = [];
  const ledger = waitForCount(connections, 'connections');
  const open = new Set<Socket>();
  const emptied = new Set<() => void>();
  // OpenSSL speaks nothing before TLS 1.2 at its usual security level.
  const old = maxVersion && { maxVersion, minVersion: 'TLSv1' as const, ciphers: 'DEFAULT@SECLEVEL=0' };
  let served = 0;
  const serve = (socket: Socket) => {
    socket.on('error', () => undefined);
    const number = (served += 1);
    socket.on('data', (bytes) => script(socket, bytes, number));
  };
  const server = certificate
    ? createTlsServer({ ...certificate, requestCert, rejectUnauthorized: false, ...old }, serve)
    : createTcpServer(serve);
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) for (const resolve of emptied) resolve();
    });
    ledger.add(connections.length + 1);
    onConnection?.(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://localhost:${port}`,
    port,
    connections,
    waitForConnections: ledger.wait,
    openConnections: () => open.size,
    allClosed: (withinMs = 5_000) => allClosed(open, emptied, withinMs),
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function allClosed(open: Set<Socket>, emptied: Set<() => void>, withinMs: number): Promise<void> {
  if (open.size === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      emptied.delete(done);
      resolve();
    };
    const timer = setTimeout(() => {
      emptied.delete(done);
      reject(new Error(`still ${open.size} connections open after ${withinMs} ms`));
    }, withinMs);
    emptied.add(done);
  });
}
