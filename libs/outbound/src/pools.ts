import type { AddressGuard } from './address-guard';
import { idleMs, type Open } from './connection';
import { readProxies } from './egress-proxy';
import { EndpointPool } from './endpoint-pool';
import { Opening, type Target } from './open-connection';
import { createSecureContexts } from './secure-contexts';

/** Where to and as whom: connections are shared only between calls that agree in all of it. */
export interface Route {
  /** `https://host[:port]` */
  origin: string;
  /** Who calls. */
  poolKey: string;
  /** Whether the service's certificate is checked. */
  verify: boolean;
  /** Shown in the handshake: chain and private key. */
  certificatePem?: string;
  /** Address of the proxy to go through. */
  proxy?: string;
}

/** Keep-alive connections, one pool per route: whoever goes another one never gets the socket. */
export interface Pools {
  of(route: Route): EndpointPool;
  close(): Promise<void>;
}

export interface PoolsOptions {
  guard: AddressGuard;
  /** Certificate authorities trusted besides the usual ones, in PEM. */
  caPem?: string;
  /** Milliseconds of a clock that does not jump. */
  now: () => number;
  /** Addresses of the proxies that routes may name. */
  proxies: string[];
}

interface Entry {
  pool: EndpointPool;
  usedAt: number;
  certificatePem: string | undefined;
}

/**
 * Pools that are made when first used and closed when nobody used them for 30 s; throws one error that says which of
 * `proxies` are none.
 */
export function createPools({ guard, caPem, now, proxies }: PoolsOptions): Pools {
  const contexts = createSecureContexts(caPem);
  const proxyContext = contexts.of({}, undefined);
  const proxyAt = readProxies(proxies);
  const pools = new Map<string, Entry>();

  const remove = (name: string, { pool, certificatePem }: Entry) => {
    pools.delete(name);
    contexts.release(pool, certificatePem);
    return pool.destroy();
  };
  const closeIdle = () => {
    for (const [name, entry] of pools) if (now() - entry.usedAt >= idleMs && !entry.pool.busy) void remove(name, entry);
  };
  const timer = setInterval(closeIdle, idleMs / 3).unref();

  const create = ({ origin, verify, certificatePem, proxy }: Route): EndpointPool => {
    const secureContext = () => contexts.of(pool, certificatePem);
    const { hostname, port } = new URL(origin);
    const target: Target = {
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || 443,
      verify,
      proxy: proxy === undefined ? undefined : proxyAt.get(proxy),
    };
    const open: Open = (callback) => new Opening(target, { guard, secureContext, proxyContext, now }, callback);
    const pool = new EndpointPool(origin, open);
    return pool;
  };

  return {
    of(route) {
      const name = nameOf(route);
      let entry = pools.get(name);
      if (!entry) {
        entry = { pool: create(route), usedAt: 0, certificatePem: route.certificatePem };
        pools.set(name, entry);
      }
      entry.usedAt = now();
      return entry.pool;
    },
    async close() {
      clearInterval(timer);
      await Promise.all(Array.from(pools, ([name, entry]) => remove(name, entry)));
    },
  };
}

/** Origins and proxies have no blanks, so that no two routes share a name; keys may have any, and come last. */
function nameOf({ origin, poolKey, verify, certificatePem, proxy = '' }: Route): string {
  const setting = verify ? '' : 'unverified';
  // A certificate's own text has line breaks but never this one; the length says where it ends.
  const certificate = certificatePem === undefined ? '' : `${certificatePem.length}:${certificatePem}`;
  return `${origin} ${proxy} ${setting} ${certificate} ${poolKey}`;
}
