import { createTestBroker, createTestDatabase } from '@patchbay/testing';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The built delivery-log as a process, over a broker and a database of its own. */
export interface DeliveryLogProcess {
  databaseUrl: string;
  /** Starts it over what the database holds by now. */
  start(): Promise<void>;
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** The environment names the servers, as for tests; dist/ must have delivery-log. The schema is there. */
export async function prepareDeliveryLog(): Promise<DeliveryLogProcess> {
  const [broker, database] = await Promise.all([createTestBroker(), createTestDatabase()]);
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-'));
  const main = join(process.argv[1]!, '../../apps/delivery-log/main.js');
  const env = environment(folder, broker.amqpUrl, database.databaseUrl);
  const migrated = spawnSync(process.execPath, [main, 'migrate'], { env, stdio: ['ignore', 2, 2] });
  if (migrated.status !== 0) throw new Error('the schema could not be made');
  let child: ReturnType<typeof launch> | undefined;
  let url = '';
  // However we end, it ends with us.
  process.once('exit', () => child?.kill('SIGKILL'));
  return {
    databaseUrl: database.databaseUrl,
    async start() {
      child = launch(main, env);
      url = await urlOf(child);
    },
    async get(path) {
      const response = await fetch(`${url}${path}`, { headers: { authorization: 'Bearer bench' } });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return response.json();
    },
    async stop() {
      child?.kill('SIGKILL');
      await Promise.all([broker.remove(), database.remove()]);
      rmSync(folder, { recursive: true });
    },
  };
}

function launch(main: string, env: NodeJS.ProcessEnv) {
  return spawn(process.execPath, ['--enable-source-maps', main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function urlOf(child: ReturnType<typeof launch>): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error('delivery-log ended before it was ready');
}

function environment(folder: string, amqpUrl: string, databaseUrl: string): NodeJS.ProcessEnv {
  const [keys, tokens] = [join(folder, 'payloads.keys.json'), join(folder, 'tokens.json')];
  writeFileSync(keys, JSON.stringify({ active: 'k1', keys: { k1: randomBytes(32).toString('base64') } }));
  const sha256 = createHash('sha256').update('bench').digest('hex');
  writeFileSync(tokens, JSON.stringify({ tokens: [{ name: 'bench', sha256, roles: ['operator'] }] }));
  return {
    AMQP_URL: amqpUrl,
    DATABASE_URL: databaseUrl,
    PATCHBAY_TOKENS_FILE: tokens,
    PATCHBAY_PAYLOADS_KEYS_FILE: keys,
  };
}
