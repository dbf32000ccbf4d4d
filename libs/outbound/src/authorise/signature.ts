import { createHmac } from 'node:crypto';
import type { CallFailure } from '../call-result';
import type { Scheme } from './scheme';

/**
 * Signs as Standard Webhooks says: every key signs `id.timestamp.body`, so a service may hold the old or the new one
 * while they are changed. Keys as written, `whsec_` and base64; the message carries webhook-id and webhook-timestamp.
 */
export function createSignatureScheme(keys: string[]): Scheme {
  const secrets = keys.map((key) => Buffer.from(key.slice('whsec_'.length), 'base64'));
  return {
    authorise({ headers, body = '' }) {
      const id = valueOf(headers, 'webhook-id');
      const timestamp = valueOf(headers, 'webhook-timestamp');
      if (id === undefined || timestamp === undefined) return nothingToSign;
      const signed = `${id}.${timestamp}.${body}`;
      const signatures = secrets.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
      return { headers: { 'webhook-signature': signatures.join(' ') } };
    },
  };
}

/** A configured header may stand in for ours, in any case of letters. */
function valueOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  const found = Object.keys(headers).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : headers[found];
}

const nothingToSign: CallFailure = {
  kind: 'failure',
  failureClass: 'auth',
  stage: 'before',
  side: 'ours',
  message: 'a signature needs the headers webhook-id and webhook-timestamp',
  durationMs: 0,
  timing: {},
};
