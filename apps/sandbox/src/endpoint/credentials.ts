import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from './service';

/** Whether the request's headers show everything that the service asks for. */
export function showsCredentials({ basic, headers = {} }: Credentials, given: IncomingHttpHeaders): boolean {
  const named = Object.entries(headers).every(([name, value]) => given[name] === value);
  return named && (basic === undefined || given.authorization === basicHeader(basic));
}

function basicHeader({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
