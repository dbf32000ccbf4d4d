import type { Authorisation } from '@patchbay/edi';
import { randomBytes } from 'node:crypto';
import { createAddressGuard, networkFault, type Resolve } from './address-guard';
import { createSchemes } from './authorise/scheme-of';
import type { HttpMessage, Scheme, SendOwn } from './authorise/scheme';
import type { CallAnswer, CallFailure, CallResult } from './call-result';
import { checkRequest, refuse } from './check-request';
import { proxyFault } from './egress-proxy';
import { Exchange } from './exchange';
import { classifyFailure } from './failure-class';
import { hideSecrets } from './hide-secrets';
import { createPools, type Pools, type Route } from './pools';

export interface OutboundOptions {
  /** Certificate authorities trusted besides the usual ones, in PEM. */
  caPem?: string;
  /** Networks that may be called although they are not public, in CIDR form. */
  allowCidrs: string[];
  /** Host names that may be called whatever their addresses. */
  allowHosts?: string[];
  /** Ports never called, besides all below 1024 but 443; those of common infrastructure unless given. */
  denyPorts?: number[];
  /** Whether a request may ask for its service's certificate not to be checked; false unless given. */
  allowUnverified?: boolean;
  /** Proxy of this deployment, `http://` or `https://`, user and password in it if it wants them. */
  egressProxy?: string;
  /** Further proxies that a request may name. */
  proxies?: string[];
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
  /** Texts that are taken out of the answer, since a service may echo what it was sent. */
  hide?: readonly string[];
  /** How many connections may serve this key at a time; 32 unless given. */
  connections?: number;
  /** What proves who calls; nonces and tokens are kept with this very object. */
  authorisation?: Authorisation;
  /** `auto`: the deployment's proxy, if it has one; `no`; or an address that the deployment allows. `auto` unless given. */
  proxy?: string;
}

export interface CallOptions {
  /** For everything: queueing, DNS, connect, TLS, tokens, challenges, upload, headers, the whole body. */
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

/** Makes the way out; throws one error that names every entry of `allowCidrs` and every proxy that is none. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { caPem, allowCidrs, allowHosts = [], resolve, now = () => performance.now() } = options;
  refuseFaults(networkFault(allowCidrs), proxyFault(proxiesOf(options)));
  const guard = createAddressGuard({ cidrs: allowCidrs, hosts: allowHosts }, resolve);
  const pools = createPools({ guard, caPem, now, proxies: proxiesOf(options) });
  const schemes = createSchemes({ now: Date.now, randomBytes });
  let closed = false;

  async function call(request: OutboundRequest, limits: CallOptions): Promise<CallResult> {
    const result = await callOpenly(request, limits);
    return result.kind === 'answer' && request.hide ? hideSecrets(result, request.hide) : result;
  }

  function callOpenly(request: OutboundRequest, limits: CallOptions): CallResult | Promise<CallResult> {
    const startedAt = now();
    const checked = checkRequest(request, options);
    if (checked.kind === 'failure') return checked;
    if (closed || limits.signal?.aborted) return notTried(closed ? 'outbound is closed' : 'the call was cancelled');
    const { url, route } = checked;
    const { method, headers, body, authorisation } = request;
    const message: HttpMessage = {
      method,
      origin: url.origin,
      target: url.pathname + url.search,
      headers,
      ...(body !== undefined && { body }),
    };
    const scheme = schemes(authorisation);
    const connections = request.connections ?? 32;
    const travel = { pools, route, connections, now, startedAt, ...limits };
    if (!scheme) return exchange(message, travel);
    // A request of the scheme's own goes by the same rules, but proves nothing itself.
    const send: SendOwn = (own, { deadlineMs }) =>
      call({ ...own, poolKey: `${request.poolKey} own`, proxy: request.proxy }, { deadlineMs });
    return authorised(message, scheme, send, travel);
  }

  return {
    call,
    async close() {
      closed = true;
      await pools.close();
    },
  };
}

interface Travel extends CallOptions {
  pools: Pools;
  route: Route;
  connections: number;
  now: () => number;
  startedAt: number;
}

/** Digest needs up to three: without a nonce, with one that has gone stale meanwhile, with the fresh one. */
const mostTries = 3;

async function authorised(message: HttpMessage, scheme: Scheme, send: SendOwn, travel: Travel): Promise<CallResult> {
  for (let tries = 1; ; tries++) {
    const proof = await inTime(scheme.authorise(message, send), travel);
    if ('kind' in proof) return proof;
    const headers = { ...message.headers, ...proof.headers };
    const result = await exchange({ ...message, headers }, travel);
    if (result.kind === 'failure' || !scheme.review) return result;
    const review = scheme.review(result, message, proof.headers, tries);
    if (review.verdict === 'refused') return refusedBy(result, review);
    if (review.verdict === 'taken' || tries >= mostTries) return hideSecrets(result, tokensIn(proof.headers));
  }
}

/** A token may be good for other calls too, unlike the proof of a digest. */
function tokensIn(headers: Record<string, string>): string[] {
  return Object.values(headers).flatMap((value) => /^Bearer (.+)$/.exec(value)?.[1] ?? []);
}

/** The proof, or the failure that comes first: the deadline or the cancellation. */
async function inTime<T>(proof: T | Promise<T>, travel: Travel): Promise<T | CallFailure> {
  if (!(proof instanceof Promise)) return proof;
  return new Promise((resolve, reject) => {
    const waiting = bound(travel, (failureClass, message) => {
      const durationMs = travel.now() - travel.startedAt;
      resolve({ kind: 'failure', failureClass, stage: 'call', side: 'theirs', message, durationMs, timing: {} });
    });
    // A scheme that rejects is a fault of the program, not of this call alone: it must not wait for its deadline.
    proof.then(resolve, reject).finally(() => waiting.end());
  });
}

function refusedBy(
  { status, durationMs, timing }: CallAnswer,
  { message, side }: { message: string; side: CallFailure['side'] },
): CallFailure {
  return { kind: 'failure', failureClass: 'auth', stage: 'call', side, message, durationMs, timing, status };
}

function exchange({ method, target, headers, body }: HttpMessage, travel: Travel): Promise<CallResult> {
  const { pools, route, connections, now, startedAt } = travel;
  return new Promise((resolve) => {
    const running = new Exchange(now, startedAt, (result) => {
      waiting.end();
      resolve(result);
    });
    const waiting = bound(travel, (failureClass, message) => running.cancel(failureClass, message));
    const sent = { ...headers, 'accept-encoding': 'gzip, deflate, br' };
    try {
      pools.of(route).dispatch({ method, path: target, headers: sent, body }, running, connections);
    } catch (error) {
      const { failureClass, message } = classifyFailure(error);
      running.cancel(failureClass, message);
    }
  });
}

/** Calls `stop` at the deadline or when the call is cancelled, unless it ended before. */
function bound(
  { deadlineMs, signal, now, startedAt }: Travel,
  stop: (failureClass: 'timeout' | 'cancelled', message: string) => void,
): { end(): void } {
  const cancel = () => stop('cancelled', 'the call was cancelled');
  const left = Math.max(0, Math.ceil(deadlineMs - (now() - startedAt)));
  const timer = setTimeout(() => stop('timeout', `no complete answer within ${deadlineMs} ms`), left);
  signal?.addEventListener('abort', cancel, { once: true });
  return {
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    },
  };
}

function refuseFaults(...faults: (string | undefined)[]): void {
  const named = faults.filter((fault) => fault !== undefined);
  if (named.length > 0) throw new Error(named.join('; '));
}

function proxiesOf({ egressProxy, proxies = [] }: OutboundOptions): string[] {
  return egressProxy === undefined ? proxies : [egressProxy, ...proxies];
}

function notTried(message: string): CallFailure {
  return { ...refuse('cancelled', message), stage: 'call' };
}
