import { Connection, type Open, type Owner, type WireRequest } from './connection';
import type { Exchange } from './exchange';

/** The connections of one route; exchanges beyond their number wait in line. */
export class EndpointPool implements Owner {
  private readonly connections = new Set<Connection>();
  /** The last one used is the first to be used again, so that the others grow old and close. */
  private readonly idle: Connection[] = [];
  private readonly waiting: [WireRequest, Exchange][] = [];
  private mostConnections = 0;

  constructor(
    private readonly origin: string,
    private readonly open: Open,
  ) {}

  get busy(): boolean {
    return this.connections.size > this.idle.length;
  }

  /** `mostConnections` holds from now on. Settles the exchange, unless it is cancelled before; calls that were cancelled while they waited are never sent. */
  dispatch(request: WireRequest, exchange: Exchange, mostConnections = this.mostConnections): void {
    this.mostConnections = mostConnections;
    const connection = this.idle.pop() ?? this.another();
    if (connection) connection.carry(request, exchange);
    else this.waiting.push([request, exchange]);
  }

  freed(connection: Connection): void {
    const next = this.next();
    if (next) connection.carry(...next);
    else this.idle.push(connection);
  }

  lost(connection: Connection): void {
    this.connections.delete(connection);
    const next = this.next();
    if (next) this.dispatch(...next);
  }

  /** Cuts what is running; nothing may be dispatched any more. */
  async destroy(): Promise<void> {
    for (const [, exchange] of this.waiting.splice(0)) exchange.cancel('cancelled', 'outbound is closed');
    await Promise.all(Array.from(this.connections, (connection) => connection.destroy()));
  }

  private another(): Connection | undefined {
    if (this.connections.size >= this.mostConnections) return undefined;
    const connection = new Connection(this.origin, this.open, this);
    this.connections.add(connection);
    return connection;
  }

  private next(): [WireRequest, Exchange] | undefined {
    for (;;) {
      const next = this.waiting.shift();
      if (!next?.[1].ended) return next;
    }
  }
}
