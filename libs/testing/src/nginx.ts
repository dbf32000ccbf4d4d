import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { CertificateAuthority } from './certificate-authority';

/** nginx, asking everybody for a client certificate. */
export interface Nginx {
  /** `https://localhost:<port>`; every path answers 200 with SeenClient as JSON, or 400 without a good certificate. */
  origin: string;
  close(): Promise<void>;
}

/** What nginx says about who asked. */
export interface SeenClient {
  /** The subject of the certificate, e.g. `CN=crm`. */
  subject: string;
  /** Tells connections apart. */
  connection: number;
  /** Counts from 1 on each connection. */
  request: number;
}

/** Where nginx is; undefined when it is not installed. */
export function findNginx(): string | undefined {
  const folders = ['/usr/sbin', '/usr/local/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, 'nginx')).find(isExecutable);
}

/** Starts nginx on a free port of the loopback interface, with all its files in a folder of its own. */
export async function startNginx(options: {
  program: string;
  ca: CertificateAuthority;
  /** Who may issue the certificates of clients. */
  clientCaPem: string;
}): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-nginx-'));
  const { key, cert } = await options.ca.issue(['localhost']);
  const port = await freePort();
  const files = { 'server.pem': cert, 'server.key': key, 'clients.pem': options.clientCaPem };
  for (const [name, text] of Object.entries({ ...files, 'nginx.conf': configuration(folder, port) }))
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
  const child = spawn(options.program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(child);
  return {
    origin: `https://localhost:${port}`,
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

/** One process in the foreground, so that ending it ends all of it. */
function configuration(folder: string, port: number): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 256; }
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/server.pem;
    ssl_certificate_key ${folder}/server.key;
    ssl_client_certificate ${folder}/clients.pem;
    ssl_verify_client on;
    default_type application/json;
    location / {
      return 200 '{"subject":"$ssl_client_s_dn","connection":$connection,"request":$connection_requests}';
    }
  }
}
`;
}

/** nginx opens its ports and then says how it waits for events. */
function listening(child: ChildProcess): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`nginx ended:\n${said.join('')}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said.push(text);
      if (said.join('').includes('event method')) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
