import { createAddressGuard, type Resolve } from './address-guard';
import type { CallFailure, CallResult } from './call-result';
import { checkRequest, refuse } from './check-request';
import { Exchange } from './exchange';
import { classifyFailure } from './failure-class';
import { createPools, type Pools } from './pools';

export interface OutboundOptions {
  /** Certificate authorities trusted besides the usual ones, in PEM. */
  caPem?: string;
  /** Networks that may be called although they are not public, in CIDR form. */
  allowCidrs: string[];
  /** Whether a request may ask for its service's certificate not to be checked; false unless given. */
  allowUnverified?: boolean;
  /** Stands in for the system's resolver. */
  resolve?: Resolve;
  /** Milliseconds of a clock that does not jump. */
  now?: () => number;
}

export interface OutboundRequest {
  method: string;
  /** Absolute, https. */
  url: string;
  /** What goes out besides Host, Content-Length and Accept-Encoding, which are ours. */
  headers: Record<string, string>;
  body?: string;
  /** Who calls, e.g. integration and credential: connections are never shared between keys. */
  poolKey: string;
  /** Whether the service's certificate is checked; true unless given. */
  verify?: boolean;
}

export interface CallOptions {
  /** For everything: queueing, DNS, connect, TLS, upload, headers, the whole body. */
  deadlineMs: number;
  /** Ends the call early, e.g. because nobody may act on its answer any more. */
  signal?: AbortSignal;
}

export interface Outbound {
  /** Calls once: no redirects, no retries, no proxy from the environment. Never throws; see CallResult. */
  call(request: OutboundRequest, options: CallOptions): Promise<CallResult>;
  /** Cuts running calls and closes every connection. */
  close(): Promise<void>;
}

/** Makes the way out; throws if `allowCidrs` has an entry that is no network. */
export function createOutbound({
  caPem,
  allowCidrs,
  allowUnverified = false,
  resolve,
  now = () => performance.now(),
}: OutboundOptions): Outbound {
  const pools = createPools({ guard: createAddressGuard(allowCidrs, resolve), caPem, now });
  let closed = false;
  return {
    async call(request, options) {
      const target = checkRequest(request);
      if (target.kind === 'failure') return target;
      if (request.verify === false && !allowUnverified) {
        return refuse('blocked', 'calls without a checked certificate are not allowed here');
      }
      if (closed || options.signal?.aborted) return notTried(closed ? 'outbound is closed' : 'the call was cancelled');
      return exchange(pools, target.url, request, options, now);
    },
    async close() {
      closed = true;
      await pools.close();
    },
  };
}

function exchange(
  pools: Pools,
  url: URL,
  { method, headers, body, poolKey, verify = true }: OutboundRequest,
  { deadlineMs, signal }: CallOptions,
  now: () => number,
): Promise<CallResult> {
  return new Promise((resolve) => {
    const running = new Exchange(now, (result) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      resolve(result);
    });
    const cancel = () => running.cancel('reset', 'the call was cancelled');
    const timer = setTimeout(() => running.cancel('timeout', `no complete answer within ${deadlineMs} ms`), deadlineMs);
    signal?.addEventListener('abort', cancel, { once: true });
    const path = url.pathname + url.search;
    const sent = { ...headers, 'accept-encoding': 'gzip, deflate, br' };
    try {
      pools.of(url.origin, poolKey, verify).dispatch({ method, path, headers: sent, body }, running);
    } catch (error) {
      const { failureClass, message } = classifyFailure(error);
      running.cancel(failureClass, message);
    }
  });
}

function notTried(message: string): CallFailure {
  return { kind: 'failure', failureClass: 'reset', stage: 'call', message, durationMs: 0 };
}
