import { request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely, type SecureContext } from 'node:tls';

/** A proxy that an operator configured, and trusts wherever it is. */
export interface EgressProxy {
  secure: boolean;
  host: string;
  port: number;
  /** Value of Proxy-Authorization. */
  authorization?: string;
}

/** The way to the service failed at the proxy. The message names neither its address nor its credentials. */
export class ProxyFailure extends Error {
  readonly code = 'EGRESS_PROXY';
  constructor(
    message: string,
    /** The proxy works, but cannot reach the service. */
    readonly beyond = false,
  ) {
    super(message);
  }

  static readonly late = 'the egress proxy did not answer in time';
}

/** Longest header of a proxy's answer, in bytes. */
const maxHeaderBytes = 16 * 1024;

/** What is wrong with addresses of proxies, in one sentence that names them by place; nothing when they are fine. */
export function proxyFault(addresses: string[]): string | undefined {
  const faults = addresses.flatMap((address, index) => (readProxy(address) ? [] : [index + 1]));
  // An entry may hold a password, so it is not repeated.
  if (faults.length === 0) return undefined;
  return `not a proxy's address such as http://user:password@proxy.example:3128: entry ${faults.join(', ')}`;
}

/** The proxies by their addresses; throws one error that names every entry that is none. */
export function readProxies(addresses: string[]): Map<string, EgressProxy> {
  const fault = proxyFault(addresses);
  if (fault !== undefined) throw new Error(fault);
  return new Map(addresses.map((address) => [address, readProxy(address)!]));
}

function readProxy(address: string): EgressProxy | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search } = new URL(address);
  const secure = protocol === 'https:';
  if ((!secure && protocol !== 'http:') || pathname !== '/' || search !== '') return undefined;
  const credentials = readCredentials(username, password);
  if (credentials === undefined) return undefined;
  return {
    secure,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (secure ? 443 : 80),
    ...(credentials !== ':' && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
  };
}

function readCredentials(username: string, password: string): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

type TunnelCallback = (failure: ProxyFailure | null, tunnel?: Socket) => void;

/**
 * Asks the proxy for a connection to `target`, `host:port`, whose name only the proxy resolves. Calls back once, unless
 * the returned function ended it before.
 */
export function openTunnel(
  proxy: EgressProxy,
  target: string,
  secureContext: SecureContext,
  callback: TunnelCallback,
): () => void {
  const { authorization } = proxy;
  const asking = request({
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
    createConnection: () => connectTo(proxy, secureContext),
    maxHeaderSize: maxHeaderBytes,
  });
  let over = false;
  const end = (...result: Parameters<TunnelCallback>) => {
    if (over) return;
    over = true;
    callback(...result);
  };
  asking
    .once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (over || statusCode < 200 || statusCode > 299 || head.length > 0) socket.destroy();
      if (statusCode < 200 || statusCode > 299) end(refusal(statusCode));
      // A TLS server waits for its client, so whoever speaks first is not the service.
      else if (head.length > 0) end(new ProxyFailure('the egress proxy sent more than its answer'));
      else end(null, socket);
    })
    .on('error', (error: NodeJS.ErrnoException) => end(unreachable(error)))
    .end();
  return () => {
    over = true;
    asking.destroy();
  };
}

function connectTo({ secure, host, port }: EgressProxy, secureContext: SecureContext): Socket {
  if (!secure) return connect({ host, port, noDelay: true });
  return connectSecurely({ host, port, secureContext, servername: isIP(host) === 0 ? host : '' }).setNoDelay(true);
}

function refusal(status: number): ProxyFailure {
  if (status === 502 || status === 504)
    return new ProxyFailure(`the egress proxy cannot reach the service (${status})`, true);
  return new ProxyFailure(`the egress proxy refused the connection (${status})`);
}

function unreachable({ code }: NodeJS.ErrnoException): ProxyFailure {
  return new ProxyFailure(`the egress proxy cannot be reached${code === undefined ? '' : ` (${code})`}`);
}
