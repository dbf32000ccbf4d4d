import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from './fault.mjs';
import { isRoot } from './workspace.mjs';

/**
 * The user that runs PostgreSQL when we are root, which it refuses: `{ uid, gid }` of postgres, else of nobody.
 * Undefined when we are not root.
 */
export function unprivilegedUser() {
  if (!isRoot()) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => numberOf(flag, name));
    if (uid > 0) return { uid, gid };
  }
  throw new Fault(
    'PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody". Add one, or set DATABASE_URL.',
  );
}

function numberOf(flag, name) {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

/** Whether any user can pass through the folder and all folders above it. */
export function isReachable(folder) {
  if ((statSync(folder).mode & 0o001) === 0) return false;
  return dirname(folder) === folder || isReachable(dirname(folder));
}

/**
 * Where the unprivileged user keeps what belongs to `folder`: below it when that user can get there, else in a place of
 * its own under /var/lib, found again by the folder's name. (A clone below root's home is closed to everybody else.)
 */
export function reachablePlace(folder, name) {
  if (!isRoot() || isReachable(folder)) return join(folder, name);
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return join('/var/lib/patchbay', key, name);
}
