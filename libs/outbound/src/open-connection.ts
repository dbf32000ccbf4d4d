import { isIP, type Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { errors } from 'undici';
import { AddressNotAllowed, type AddressGuard } from './address-guard';
import type { CallTiming } from './call-result';
import { openTunnel, ProxyFailure, type EgressProxy } from './egress-proxy';

/** For name resolution, connecting, the proxy and the TLS handshake together. */
const limitMs = 3_000;

export interface Target {
  /** Without brackets. */
  hostname: string;
  port: number;
  verify: boolean;
  proxy?: EgressProxy;
}

export interface OpeningTools {
  guard: AddressGuard;
  /** Of the target; may throw. */
  secureContext: () => SecureContext;
  /** Of the proxy, which is shown no certificate of ours. */
  proxyContext: SecureContext;
  now: () => number;
}

type Callback = (...result: [Error, null] | [null, TLSSocket]) => void;

/** A TLS connection on its way: allowed address, certificate checked. Calls back once, after this turn of the loop. */
export class Opening {
  private readonly startedAt: number;
  private readonly timer: NodeJS.Timeout;
  private lookedUpAt?: number;
  private connectedAt?: number;
  private securedAt?: number;
  private over = false;
  /** Ends what is under way. */
  private stop: () => void = () => undefined;

  constructor(
    private readonly target: Target,
    private readonly tools: OpeningTools,
    private readonly callback: Callback,
  ) {
    this.startedAt = tools.now();
    this.timer = setTimeout(() => this.fail(this.lateness()), limitMs);
    queueMicrotask(() => this.begin());
  }

  /** Durations of its parts, as far as it came. */
  timing(): Pick<CallTiming, 'dnsMs' | 'connectMs' | 'tlsMs'> {
    const { startedAt, lookedUpAt, connectedAt, securedAt } = this;
    return {
      ...(lookedUpAt !== undefined && { dnsMs: lookedUpAt - startedAt }),
      ...(connectedAt !== undefined && { connectMs: connectedAt - (lookedUpAt ?? startedAt) }),
      ...(connectedAt !== undefined && securedAt !== undefined && { tlsMs: securedAt - connectedAt }),
    };
  }

  /** Whether the proxy has not yet said yes. */
  get waitsForProxy(): boolean {
    return this.target.proxy !== undefined && this.connectedAt === undefined;
  }

  /** Gives up, without calling back; nothing happens once there is a connection. */
  abort(): void {
    if (this.over) return;
    this.end();
    this.stop();
  }

  private begin(): void {
    if (this.over) return;
    try {
      const { target, tools } = this;
      const secureContext = tools.secureContext();
      // Node asks no resolver about literal addresses, so the guard must.
      if (!tools.guard.allowsHost(target.hostname)) throw new AddressNotAllowed();
      if (target.proxy) this.throughProxy(target.proxy, secureContext);
      else this.directly(secureContext);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private directly(secureContext: SecureContext): void {
    const { hostname, port } = this.target;
    const { guard, now } = this.tools;
    const socket = this.secure({ port, lookup: guard.lookup }, secureContext);
    socket.once('lookup', () => (this.lookedUpAt ??= now()));
    // First in line: nothing goes to an address that a resolver or the system slipped in.
    socket.prependOnceListener('connect', () => {
      this.connectedAt = now();
      if (!guard.allows(socket.remoteAddress ?? '', hostname)) socket.destroy(new AddressNotAllowed());
    });
  }

  private throughProxy(proxy: EgressProxy, secureContext: SecureContext): void {
    const { hostname, port } = this.target;
    const { proxyContext, now } = this.tools;
    const authority = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`;
    this.stop = openTunnel(proxy, authority, proxyContext, (failure, tunnel) => {
      if (failure) return this.fail(failure);
      this.connectedAt = now();
      this.secure({ socket: tunnel! }, secureContext);
    });
  }

  private secure(way: { port: number; lookup: AddressGuard['lookup'] } | { socket: Socket }, context: SecureContext) {
    const { hostname, verify } = this.target;
    const socket = connect({
      ...way,
      host: hostname,
      // RFC 6066: no literal addresses, no trailing dot.
      servername: isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '',
      secureContext: context,
      rejectUnauthorized: verify,
      ALPNProtocols: ['http/1.1'],
    });
    this.stop = () => socket.destroy();
    socket
      .setNoDelay(true)
      .setKeepAlive(true, 60_000)
      .once('secureConnect', () => this.succeed(socket))
      .on('error', (error) => this.fail(error))
      .once('close', () => this.fail(new errors.SocketError('closed')));
    return socket;
  }

  private succeed(socket: TLSSocket): void {
    if (this.over) return;
    this.securedAt = this.tools.now();
    this.end();
    this.callback(null, socket);
  }

  private fail(error: Error): void {
    if (this.over) return;
    this.abort();
    this.callback(error, null);
  }

  private end(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private lateness(): Error {
    return this.waitsForProxy ? new ProxyFailure(ProxyFailure.late) : new errors.ConnectTimeoutError();
  }
}
