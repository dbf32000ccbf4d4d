import type { CallFailure } from './call-result';
import { causeOf, type FailureClass } from './failure-class';
import type { OutboundOptions, OutboundRequest } from './outbound';
import type { Route } from './pools';

/** Ports of infrastructure that no customer's service answers on. */
export const infrastructurePorts = [
  2049, 2375, 2376, 2379, 2380, 3306, 4369, 5432, 5671, 5672, 6379, 6443, 9200, 10250, 11211, 25672, 27017,
];

const reservedHeaders = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

type Rules = Pick<OutboundOptions, 'denyPorts' | 'allowUnverified' | 'egressProxy' | 'proxies'>;

/**
 * Checks what can be checked without the network, and finds the connections that the request may use. The URL is parsed
 * once and used in that form only.
 */
export function checkRequest(
  request: OutboundRequest,
  rules: Rules,
): { kind: 'target'; url: URL; route: Route } | CallFailure {
  const { headers, poolKey, verify = true, authorisation, proxy = 'auto' } = request;
  const url = parseUrl(request.url);
  if (!url) return refuse('protocol', 'the URL is not valid');
  if (url.protocol !== 'https:') return refuse('blocked', 'only https is allowed');
  if (url.username !== '' || url.password !== '') return refuse('blocked', 'no user name or password in the URL');
  if (!allowsPort(url.port, rules.denyPorts ?? infrastructurePorts))
    return refuse('blocked', 'port not allowed: use 443 or one from 1024 up');
  for (const name of Object.keys(headers))
    if (reservedHeaders.has(name.toLowerCase())) return refuse('protocol', `the header ${name} cannot be set`);
  if (!verify && !rules.allowUnverified)
    return refuse('blocked', 'calls without a checked certificate are not allowed here');
  const chosen = chooseProxy(proxy, rules);
  if (chosen === 'not allowed') return refuse('blocked', 'this proxy is not allowed here');
  const certificatePem = authorisation?.by === 'certificate' ? authorisation.pem : undefined;
  return { kind: 'target', url, route: { origin: url.origin, poolKey, verify, certificatePem, proxy: chosen.address } };
}

function chooseProxy(wish: string, { egressProxy, proxies = [] }: Rules): { address?: string } | 'not allowed' {
  if (wish === 'auto') return { address: egressProxy };
  if (wish === 'no') return {};
  return wish === egressProxy || proxies.includes(wish) ? { address: wish } : 'not allowed';
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function allowsPort(port: string, denied: readonly number[]): boolean {
  if (port === '') return true;
  return Number(port) >= 1024 && !denied.includes(Number(port));
}

/** A call that was not even tried. */
export function refuse(failureClass: FailureClass, message: string): CallFailure {
  return {
    kind: 'failure',
    ...causeOf(failureClass, message),
    stage: 'before',
    side: 'ours',
    durationMs: 0,
    timing: {},
  };
}
