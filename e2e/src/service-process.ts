import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { eventually } from '@patchbay/testing';
import axios from 'axios';
import { root } from './launcher';

/** Whether processes can be looked into here, which stopping one service of a running system needs. */
export const canFindProcesses = existsSync('/proc/self/environ');

interface Found {
  pid: number;
  command: string[];
  env: Record<string, string>;
}

/** The running process of one service of the system whose state lies in `state`. */
export function findService(name: string, state: string): Found {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  for (const pid of pids) {
    const found = look(pid);
    if (found?.command.some((part) => part.endsWith(`/dist/apps/${name}/main.js`)) && belongsTo(found, state))
      return found;
  }
  throw new Error(`${name} does not run`);
}

function look(pid: string): Found | undefined {
  try {
    const parts = (file: string) =>
      readFileSync(`/proc/${pid}/${file}`, 'utf8')
        .split('\0')
        .filter((part) => part !== '');
    const env = parts('environ').map((pair): [string, string] => [
      pair.slice(0, pair.indexOf('=')),
      pair.slice(pair.indexOf('=') + 1),
    ]);
    return { pid: Number(pid), command: parts('cmdline'), env: Object.fromEntries(env) };
  } catch {
    return undefined;
  }
}

function belongsTo({ env }: Found, state: string): boolean {
  return env['PATCHBAY_TOKENS_FILE']?.startsWith(state) === true;
}

/** Ends it as Ctrl-C does, and waits until it is gone. */
export async function interrupt({ pid }: Found): Promise<void> {
  process.kill(pid, 'SIGINT');
  await eventually(`process ${pid} has ended`, () => !existsSync(`/proc/${pid}`) || isZombie(pid), 40_000);
}

function isZombie(pid: number): boolean {
  return look(String(pid))?.command.length === 0;
}

/** Starts the service again as it was, at the same address; resolves when it is ready. */
export async function startAgain({ command: [file, ...args], env }: Found): Promise<ChildProcess> {
  const child = spawn(file!, args, { cwd: root, env, stdio: 'ignore' });
  const url = `http://127.0.0.1:${env['PATCHBAY_PORT']}/health/ready`;
  await eventually(
    'the service is ready again',
    async () => (await axios.get(url, { proxy: false })).status === 200,
    30_000,
  );
  return child;
}
