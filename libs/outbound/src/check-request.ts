import type { CallFailure } from './call-result';
import type { OutboundRequest } from './outbound';

/** Ports of infrastructure that no customer's service answers on. */
const deniedPorts = new Set([
  2049, 2375, 2376, 2379, 2380, 3306, 4369, 5432, 5671, 5672, 6379, 6443, 9200, 10250, 11211, 25672, 27017,
]);

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

/** Checks what can be checked without the network; the URL is parsed once and used in that form only. */
export function checkRequest({ url, headers }: OutboundRequest): { kind: 'target'; url: URL } | CallFailure {
  const target = parseUrl(url);
  if (!target) return refuse('protocol', 'the URL is not valid');
  if (target.protocol !== 'https:') return refuse('blocked', 'only https is allowed');
  if (target.username !== '' || target.password !== '') return refuse('blocked', 'no user name or password in the URL');
  if (!allowsPort(target.port)) return refuse('blocked', 'port not allowed: use 443 or one from 1024 up');
  for (const name of Object.keys(headers))
    if (reservedHeaders.has(name.toLowerCase())) return refuse('protocol', `the header ${name} cannot be set`);
  return { kind: 'target', url: target };
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function allowsPort(port: string): boolean {
  if (port === '' || port === '443') return true;
  return Number(port) >= 1024 && !deniedPorts.has(Number(port));
}

/** A call that was not even tried. */
export function refuse(failureClass: CallFailure['failureClass'], message: string): CallFailure {
  return { kind: 'failure', failureClass, stage: 'before', message, durationMs: 0 };
}
