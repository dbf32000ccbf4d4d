import { Client, type Dispatcher } from 'undici';
import type { CallTiming } from './call-result';
import type { Exchange } from './exchange';
import { causeOf, type FailureCause } from './failure-class';
import { ProxyFailure } from './egress-proxy';
import type { Opening } from './open-connection';

/** Idle connections are closed after this time. */
export const idleMs = 30_000;

export type Open = (callback: ConstructorParameters<typeof Opening>[2]) => Opening;

/** What goes on the wire. */
export type WireRequest = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'headers' | 'body'>;

/** Who owns a connection and decides what it does next. */
export interface Owner {
  /** It can carry another exchange. */
  freed(connection: Connection): void;
  /** It is gone for good. */
  lost(connection: Connection): void;
}

/** One connection at a time to one service, carrying one exchange at a time; opens itself again after it was closed. */
export class Connection {
  private readonly client: Client;
  /** Of the connection there is, or that is on its way. */
  private opening: Opening | undefined;
  /** Whether an exchange has told its times. */
  private told = false;

  constructor(
    origin: string,
    open: Open,
    private readonly owner: Owner,
  ) {
    this.client = new Client(origin, {
      connect: (_, callback) => {
        this.opening = open(callback);
        this.told = false;
      },
      pipelining: 1,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      maxHeaderSize: 16 * 1024,
      // The call's own deadline covers these, to the millisecond.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** The exchange hands the connection back: with `free`, or with `abandon` when its state is unknown. */
  carry(request: WireRequest, exchange: Exchange): void {
    exchange.carriedBy(this);
    this.client.dispatch(request, exchange);
  }

  free(): void {
    this.owner.freed(this);
  }

  abandon(): void {
    this.owner.lost(this);
    void this.destroy();
  }

  async destroy(): Promise<void> {
    this.opening?.abort();
    await this.client.destroy();
  }

  /** Times of the opening that this exchange waited for, if it did. */
  takeTiming(): Pick<CallTiming, 'dnsMs' | 'connectMs' | 'tlsMs'> | undefined {
    if (this.told) return undefined;
    this.told = true;
    return this.opening?.timing();
  }

  /** Why there is no answer yet, where that is not the service's doing. */
  excuse(): FailureCause | undefined {
    return this.opening?.waitsForProxy ? causeOf('proxy', ProxyFailure.late) : undefined;
  }
}
