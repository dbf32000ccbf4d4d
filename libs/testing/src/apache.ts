import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { CertificateAuthority } from './certificate-authority';
import { eventually } from './eventually';

export interface ApacheOptions {
  ca: CertificateAuthority;
  username: string;
  password: string;
  /** Seconds for which a Digest nonce is good; 300 unless given. */
  nonceLifetime?: number;
}

export interface Apache {
  /** `https://localhost:<port>`; below it /digest/ and /basic/, each with a `page` to GET and an `echo` of what is POSTed. */
  origin: string;
  port: number;
  /** Every request answered so far. Written after the answer, so the last may be missing for a moment. */
  requests(): Promise<ApacheRequest[]>;
  close(): Promise<void>;
}

export interface ApacheRequest {
  status: number;
  /** Method, target and version. */
  line: string;
  /** `-` where there was none. */
  authorization: string;
}

const moduleFolder = '/usr/lib/apache2/modules';
const modules = [
  'mpm_event',
  'authn_core',
  'authn_file',
  'authz_core',
  'authz_user',
  'auth_basic',
  'auth_digest',
  'reflector',
  'ssl',
];
const realm = 'patchbay';

/** The server's program as Debian's apache2-bin installs it, or undefined. */
export function findApache(): string | undefined {
  const folders = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];
  const isThere = (path: string) => {
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  };
  if (!modules.every((name) => isThere(`${moduleFolder}/mod_${name}.so`))) return undefined;
  return folders.map((folder) => join(folder, 'apache2')).find(isThere);
}

/** Starts Apache httpd on a free port of the loopback interface, with everything it writes in a folder that `close` removes. */
export async function startApache(options: ApacheOptions): Promise<Apache> {
  const program = findApache();
  if (program === undefined) throw new Error('Apache httpd is missing: install the package apache2-bin');
  const folder = await mkdtemp(join(tmpdir(), 'apache-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  await writeFiles(folder, port, options);
  const child = spawn(program, ['-d', folder, '-f', join(folder, 'httpd.conf'), '-DFOREGROUND'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    await eventually(`Apache listens on ${port}`, () => hasEnded(child) || accepts(port), 15_000);
    if (hasEnded(child)) throw new Error(`Apache did not start: ${await readText(join(folder, 'error.log'))}`);
  } catch (error) {
    await stop(child, ended, folder);
    throw error;
  }
  return {
    origin: `https://localhost:${port}`,
    port,
    requests: async () => parseLog(await readText(join(folder, 'access.log'))),
    close: () => stop(child, ended, folder),
  };
}

async function writeFiles(folder: string, port: number, options: ApacheOptions): Promise<void> {
  const { ca, username, password, nonceLifetime = 300 } = options;
  const { key, cert } = await ca.issue(['localhost', '127.0.0.1']);
  const md5 = createHash('md5').update(`${username}:${realm}:${password}`).digest('hex');
  const sha = createHash('sha1').update(password).digest('base64');
  for (const room of ['digest', 'basic']) await mkdir(join(folder, 'pages', room), { recursive: true });
  const files: Record<string, string> = {
    'key.pem': key,
    'cert.pem': cert,
    'digest.users': `${username}:${realm}:${md5}\n`,
    'basic.users': `${username}:{SHA}${sha}\n`,
    'pages/digest/page': 'digest page',
    'pages/basic/page': 'basic page',
    'httpd.conf': configuration(folder, port, nonceLifetime),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

function configuration(folder: string, port: number, nonceLifetime: number): string {
  // Started as root it gives up root for its workers, and wants to know for whom.
  const user = process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : [];
  const protect = (room: string, kind: string, more: string[]) => [
    `<Location /${room}/>`,
    `AuthType ${kind}`,
    `AuthName "${realm}"`,
    `AuthUserFile ${folder}/${room}.users`,
    ...more,
    'Require valid-user',
    '</Location>',
    `<Location /${room}/echo>`,
    'SetHandler reflector',
    '</Location>',
  ];
  return [
    ...modules.map((name) => `LoadModule ${name}_module ${moduleFolder}/mod_${name}.so`),
    ...user,
    `ServerRoot ${folder}`,
    `DefaultRuntimeDir ${folder}`,
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    `PidFile ${folder}/httpd.pid`,
    `ErrorLog ${folder}/error.log`,
    `LogFormat "%>s\\t%r\\t%{Authorization}i" tests`,
    `CustomLog ${folder}/access.log tests`,
    'StartServers 1',
    `DocumentRoot ${folder}/pages`,
    'SSLEngine on',
    'SSLSessionCache none',
    `SSLCertificateFile ${folder}/cert.pem`,
    `SSLCertificateKeyFile ${folder}/key.pem`,
    ...protect('digest', 'Digest', [`AuthDigestNonceLifetime ${nonceLifetime}`]),
    ...protect('basic', 'Basic', []),
    '',
  ].join('\n');
}

function parseLog(log: string): ApacheRequest[] {
  const lines = log.split('\n').slice(0, -1);
  return lines.map((text) => {
    const [status, line = '', authorization = ''] = text.split('\t');
    // Apache escapes what it logs.
    return { status: Number(status), line, authorization: authorization.replace(/\\(["\\])/g, '$1') };
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

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function stop(child: ChildProcess, ended: Promise<unknown>, folder: string): Promise<void> {
  // SIGTERM: the parent takes its workers with it.
  if (!hasEnded(child)) {
    child.kill('SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
}
