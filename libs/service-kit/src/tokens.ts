import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CannotStart, sentenceOf } from './cannot-start';
import { type Principal, type Role, roles } from './principal';

/** Who a token belongs to; undefined for an unknown one. */
export interface TokenBook {
  principalOf(token: string): Principal | undefined;
}

interface Entry {
  hash: Buffer;
  principal: Principal;
}

/** SHA-256 of a token in hex, as the tokens file holds it. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Reads `{"tokens":[{"name","sha256","roles":[]}]}`; throws CannotStart with all faults of the file. */
export function readTokens(path: string): TokenBook {
  const entries = checkEntries(path, parse(path));
  return {
    principalOf(token) {
      const hash = createHash('sha256').update(token).digest();
      // Every entry is compared, so that the time taken tells nothing.
      return entries.filter((entry) => timingSafeEqual(entry.hash, hash))[0]?.principal;
    },
  };
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CannotStart(`The tokens file ${path} cannot be read: ${sentenceOf(error)}`);
  }
}

function checkEntries(path: string, content: unknown): Entry[] {
  const list = isRecord(content) && Array.isArray(content['tokens']) ? content['tokens'] : undefined;
  if (!list) throw new CannotStart(`The tokens file ${path} must look like {"tokens":[{"name","sha256","roles":[]}]}.`);
  const faults = list.flatMap((entry: unknown, index) =>
    faultsOf(entry).map((fault) => `  tokens[${index}]: ${fault}`),
  );
  if (faults.length > 0) throw new CannotStart([`The tokens file ${path} has faults:`, ...faults].join('\n'));
  return (list as { name: string; sha256: string; roles: Role[] }[]).map(({ name, sha256, roles: granted }) => ({
    hash: Buffer.from(sha256, 'hex'),
    principal: { name, roles: granted },
  }));
}

function faultsOf(entry: unknown): string[] {
  if (!isRecord(entry)) return ['is not an object'];
  const { name, sha256, roles: granted } = entry;
  const known: readonly unknown[] = roles;
  return [
    typeof name === 'string' && name !== '' ? '' : 'name is missing',
    typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256) ? '' : 'sha256 must be 64 hex digits',
    Array.isArray(granted) && granted.every((role) => known.includes(role))
      ? ''
      : `roles must be of ${roles.join(', ')}`,
  ].filter((fault) => fault !== '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
