import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = join(__dirname, '../..');

/** The first line of `npm start -- --json`: everything runs, and here it is. */
export interface Ready {
  urls: Record<'configService' | 'eventIngest' | 'deliveryLog' | 'dispatcher' | 'sandbox', string>;
  amqpUrl: string;
  databaseUrl: string;
  token: string;
  stateFolder: string;
  /** The certificate authority of the sandbox, in its folder. */
  caFile: string;
}

/** The whole system, started as a user would. */
export interface Launched {
  ready: Ready;
  /** Ctrl-C; resolves with the exit code once everything has stopped. */
  interrupt(): Promise<number | null>;
}

/** Runs `npm start -- --json --no-play` with its state in a folder of its own. Throws with its output if it ends. */
export async function launch(state: string, env: Record<string, string>): Promise<Launched> {
  const args = ['tools/start.mjs', '--json', '--no-play', '--state', state];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const ready = await Promise.race([readReady(child), failWhenEnded(child, exited)]);
  return {
    ready,
    interrupt() {
      child.kill('SIGINT');
      return exited;
    },
  };
}

function readReady(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const happening = JSON.parse(line) as { type: string } & Ready;
      if (happening.type === 'ready') resolve(happening);
    });
  });
}

async function failWhenEnded(child: ChildProcess, exited: Promise<number | null>): Promise<never> {
  let output = '';
  child.stderr!.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
  const code = await exited;
  throw new Error(`npm start ended with code ${code} before it was ready:\n${output}`);
}
