import { createSecureContext, rootCertificates, TLSSocket } from 'node:tls';
import { buildConnector, Pool } from 'undici';
import { AddressNotAllowed, type AddressGuard } from './address-guard';

/** Keep-alive connections, one pool per origin and key: whoever has another key never gets the socket. */
export interface Pools {
  of(origin: string, key: string, verify: boolean): Pool;
  close(): Promise<void>;
}

export interface PoolsOptions {
  guard: AddressGuard;
  /** Certificate authorities trusted besides the usual ones, in PEM. */
  caPem?: string;
  /** Milliseconds of a clock that does not jump. */
  now: () => number;
}

const connectMs = 3_000;
const idleMs = 30_000;

/** Pools that are made when first used and closed when nobody used them for 30 s. */
export function createPools({ guard, caPem, now }: PoolsOptions): Pools {
  const ca = caPem === undefined ? undefined : [...rootCertificates, caPem];
  // Made once: parsing the authorities for every connection would cost more than the connection.
  const secureContext = createSecureContext({ ca, minVersion: 'TLSv1.2' });
  const pools = new Map<string, { pool: Pool; usedAt: number }>();

  const closeIdle = () => {
    for (const [name, { pool, usedAt }] of pools) {
      if (now() - usedAt < idleMs || pool.stats.size > 0) continue;
      pools.delete(name);
      void pool.close();
    }
  };
  const timer = setInterval(closeIdle, idleMs / 3).unref();

  return {
    of(origin, key, verify) {
      const name = `${origin} ${key}${verify ? '' : ' unverified'}`;
      let entry = pools.get(name);
      if (!entry)
        pools.set(
          name,
          (entry = { pool: createPool(origin, createConnector(guard, secureContext, verify)), usedAt: 0 }),
        );
      entry.usedAt = now();
      return entry.pool;
    },
    async close() {
      clearInterval(timer);
      const all = [...pools.values()];
      pools.clear();
      await Promise.all(all.map(({ pool }) => pool.destroy()));
    },
  };
}

function createPool(origin: string, connect: buildConnector.connector): Pool {
  return new Pool(origin, {
    connect,
    connections: 32,
    pipelining: 1,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    // The call's own deadline covers these, to the millisecond.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function createConnector(
  guard: AddressGuard,
  secureContext: ReturnType<typeof createSecureContext>,
  rejectUnauthorized: boolean,
): buildConnector.connector {
  const connect = buildConnector({ secureContext, lookup: guard.lookup, timeout: connectMs, rejectUnauthorized });
  return (options, callback) => {
    // Node asks no resolver about literal addresses, so the guard must.
    if (!guard.allowsHost(options.hostname)) return callback(new AddressNotAllowed(), null);
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      if (isAllowed(guard, socket)) return callback(null, socket);
      socket.destroy();
      callback(new AddressNotAllowed(), null);
    });
  };
}

function isAllowed(guard: AddressGuard, socket: { remoteAddress?: string }): boolean {
  return socket instanceof TLSSocket && socket.remoteAddress !== undefined && guard.allows(socket.remoteAddress);
}
