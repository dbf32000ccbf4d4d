import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * What tells a process from a later one with the same number: when it started. Undefined when there is none, or only
 * a zombie. So a number kept in a file never leads to a process of somebody else.
 */
export function identifyProcess(pid) {
  return existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);
}

/** Whether any process of the group is there that is more than a zombie. */
export function isGroupRunning(group) {
  if (existsSync('/proc/self/stat')) {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.some((pid) => statOf(pid)?.group === group);
  }
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

function fromProc(pid) {
  const stat = statOf(pid);
  return stat && `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${stat.startedAt}`;
}

function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything; the fields after it are numbered from 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : { group: Number(fields[2]), startedAt: fields[19] };
  } catch {
    return undefined;
  }
}

function fromPs(pid) {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 5_000 }).trim();
  } catch {
    return undefined;
  }
}
