import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One client that came through the proxy. */
export interface ProxiedConnection {
  /** Everything the client has sent so far. */
  sent(): Buffer;
  /** Everything the server has sent so far. */
  received(): Buffer;
  /** Slips bytes in as if the server had sent them; only sound while nothing else is on its way. */
  injectToClient(bytes: Buffer): void;
  /** Slips bytes in as if the client had sent them; only sound while nothing else is on its way. */
  injectToServer(bytes: Buffer): void;
}

/** Stands between a client and a server and misbehaves on demand. */
export interface TcpProxy {
  port: number;
  connections(): ProxiedConnection[];
  /** Resets every connection. */
  cut(): void;
  /** Resets every connection, and new ones at once, until `accept`. */
  refuse(): void;
  accept(): void;
  /** Holds back what the server sends, until `resume`. */
  stall(): void;
  resume(): void;
  close(): Promise<void>;
}

/** A proxy on a free port of 127.0.0.1 that forwards to the target. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let refusing = false;
  let stalled = false;
  const server = createServer((client) => {
    if (refusing) return reset(client);
    const pair = new Pair(client, connect({ ...target, noDelay: true }));
    pair.hold(stalled);
    pairs.add(pair);
    pair.whenClosed(() => pairs.delete(pair));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => pairs.forEach((pair) => pair.reset());
  const hold = (on: boolean) => {
    stalled = on;
    pairs.forEach((pair) => pair.hold(on));
  };
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => [...pairs],
    cut,
    refuse() {
      refusing = true;
      cut();
    },
    accept: () => void (refusing = false),
    stall: () => hold(true),
    resume: () => hold(false),
    async close() {
      refusing = true;
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

class Pair implements ProxiedConnection {
  private readonly fromClient: Buffer[] = [];
  private readonly fromServer: Buffer[] = [];

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
  ) {
    client.setNoDelay(true);
    client.on('data', (chunk) => {
      this.fromClient.push(chunk);
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      this.fromServer.push(chunk);
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('end', () => other.end());
      one.on('error', () => reset(other));
      one.on('close', () => other.destroy());
    }
  }

  sent(): Buffer {
    return Buffer.concat(this.fromClient);
  }

  received(): Buffer {
    return Buffer.concat(this.fromServer);
  }

  injectToClient(bytes: Buffer): void {
    this.client.write(bytes);
  }

  injectToServer(bytes: Buffer): void {
    this.server.write(bytes);
  }

  hold(on: boolean): void {
    if (on) this.server.pause();
    else this.server.resume();
  }

  reset(): void {
    reset(this.client);
    reset(this.server);
  }

  whenClosed(listener: () => void): void {
    this.client.on('close', listener);
  }
}

/** Node 20 never closes a socket that is reset while it is ending, and then spins for ever at the process's end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
