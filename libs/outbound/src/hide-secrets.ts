import type { CallAnswer } from './call-result';

/** What stands where a service echoed a secret. */
const mask = '********';

/**
 * The answer without the secrets that a service may have echoed, so that none gets from there into a record, a saved
 * value or a screen. Bodies in another encoding of letters than UTF-8 are searched byte by byte all the same.
 */
export function hideSecrets(answer: CallAnswer, secrets: readonly string[]): CallAnswer {
  if (secrets.length === 0) return answer;
  return { ...answer, headers: hideInHeaders(answer.headers, secrets), body: hideInBody(answer.body, secrets) };
}

function hideInHeaders(headers: Record<string, string>, secrets: readonly string[]): Record<string, string> {
  const names = Object.keys(headers).filter((name) => secrets.some((secret) => headers[name]!.includes(secret)));
  if (names.length === 0) return headers;
  const hidden: Record<string, string> = Object.assign(Object.create(null), headers);
  for (const name of names) hidden[name] = replaceAll(headers[name]!, secrets);
  return hidden;
}

function hideInBody(body: Buffer, secrets: readonly string[]): Buffer {
  if (body.length === 0 || !secrets.some((secret) => body.includes(secret))) return body;
  const bytes = (text: string) => Buffer.from(text).toString('latin1');
  return Buffer.from(replaceAll(body.toString('latin1'), secrets.map(bytes)), 'latin1');
}

function replaceAll(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, mask), text);
}
