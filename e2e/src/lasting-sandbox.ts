import axios from 'axios';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { root, type Ready } from './launcher';
import type { LedgerEntry } from './ledger';

/** Customer services that outlive a restart of the system, and so does their ledger. */
export interface LastingSandbox {
  /** `https://localhost:PORT` */
  origin: string;
  /** Answers the next `times` requests at the path with 503. */
  fail(path: string, times: number): Promise<void>;
  readLedger(path: string): Promise<LedgerEntry[]>;
  stop(): Promise<void>;
}

/**
 * Starts a second sandbox with the certificate of the system's own, which the system trusts. `env` as the system's: all
 * must declare the same queues.
 */
export async function startLastingSandbox(
  { caFile, amqpUrl }: Ready,
  env: Record<string, string>,
): Promise<LastingSandbox> {
  const folder = dirname(caFile);
  const token = randomBytes(16).toString('hex');
  const tokensFile = join(folder, 'lasting-tokens.json');
  const sha256 = createHash('sha256').update(token).digest('hex');
  writeFileSync(tokensFile, JSON.stringify({ tokens: [{ name: 'e2e', sha256, roles: ['operator'] }] }));
  const child = spawn(process.execPath, ['dist/apps/sandbox/main.js'], {
    cwd: root,
    env: {
      ...process.env,
      ...env,
      AMQP_URL: amqpUrl,
      PATCHBAY_SANDBOX_FOLDER: folder,
      PATCHBAY_TOKENS_FILE: tokensFile,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await readUrl(child, 30_000).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  const control = axios.create({ baseURL: url, headers: { authorization: `Bearer ${token}` }, proxy: false });
  return {
    origin: (await control.get<{ endpoint: string }>('/v1/addresses')).data.endpoint,
    async fail(path, times) {
      await control.post('/v1/faults', { path, status: 503, times });
    },
    async readLedger(path) {
      return (await control.get<{ entries: LedgerEntry[] }>('/v1/ledger', { params: { path } })).data.entries;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The address that its log tells once it is ready. */
function readUrl(child: ChildProcess, withinMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the sandbox was not ready within ${withinMs} ms`)), withinMs);
    child.once('exit', (code) => reject(new Error(`the sandbox ended with code ${code} before it was ready`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const { url } = JSON.parse(line) as { url?: string };
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}
