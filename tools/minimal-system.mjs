import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { canInstallPackages, installPackages } from './debian-package.mjs';
import { Fault } from './fault.mjs';
import { runCommand } from './processes.mjs';
import { findExecutable } from './workspace.mjs';

// How this machine reaches its package registries, whatever those are: handed on as it is, and written down nowhere.
const settingsFolders = ['/etc/apt/apt.conf.d', '/etc/apt/auth.conf.d', '/etc/apt/sources.list.d', '/etc/apt/keyrings'];
const settingsFiles = [
  ...['/etc/apt/sources.list', '/etc/resolv.conf', '/etc/hosts', '/etc/npmrc', '/usr/etc/npmrc', '/root/.npmrc'],
  '/etc/ssl/certs/ca-certificates.crt',
];
const handedOn = /^(npm_config_(?!.*(prefix|cache|local))|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)/i;

/**
 * Makes the smallest Debian (or Ubuntu) that this machine's is, below `folder`, and adds Node and npm, as they are
 * here, and nothing else. Needs root. Returns `{ start(command), leftOvers(), remove() }`.
 */
export async function makeMinimalSystem(folder, note) {
  if (!canInstallPackages())
    throw new Fault('This needs root on Debian or Ubuntu: it makes a small system in a folder and enters it.');
  if (!findExecutable('debootstrap')) await installPackages(['debootstrap'], note);
  note('debootstrap');
  await bootstrap(folder);
  // It is the root of what runs inside, which everybody must be able to pass through.
  chmodSync(folder, 0o755);
  addNode(folder);
  for (const path of [...settingsFolders, ...settingsFiles]) copyIn(path, folder);
  await run('mount', ['-t', 'proc', 'proc', join(folder, 'proc')]);
  return {
    start: (command) => startInside(folder, command),
    leftOvers: () => processesInside(folder),
    remove: () => removeSystem(folder),
  };
}

async function bootstrap(folder) {
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const { output } = await runCommand('apt-get', [
    'indextargets',
    '--format',
    '$(SITE) $(RELEASE)',
    'Created-By: Packages',
  ]);
  const mirror = output
    .split('\n')
    .find((line) => line.endsWith(` ${codename}`))
    ?.split(' ')[0];
  const included = '--include=ca-certificates,libstdc++6';
  await run('debootstrap', ['--variant=minbase', included, codename, folder, ...(mirror ? [mirror] : [])]);
}

function addNode(folder) {
  const npm = dirname(dirname(realpathSync(findExecutable('npm'))));
  cpSync(process.execPath, join(folder, 'usr/bin/node'), { dereference: true });
  cpSync(npm, join(folder, 'usr/lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(folder, 'usr/bin', name));
  }
}

function copyIn(path, folder) {
  if (!existsSync(path)) return;
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  cpSync(path, join(folder, path), { recursive: true, dereference: true, force: true });
}

/** Starts a shell command inside, in a process group of its own, as a person at a terminal would. */
function startInside(folder, command) {
  const kept = Object.entries(process.env).filter(([name]) => handedOn.test(name));
  const env = { ...Object.fromEntries(kept), HOME: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
  const args = [folder, '/bin/sh', '-c', command];
  return spawn('chroot', args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The command lines of what runs inside: everything whose root is that folder. */
function processesInside(folder) {
  const inside = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && rootOf(name) === folder);
  return inside.map((pid) => ({ pid: Number(pid), command: commandOf(pid) }));
}

function rootOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/root`);
  } catch {
    return undefined;
  }
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '(ended)';
  }
}

async function removeSystem(folder) {
  for (const { pid } of processesInside(folder)) process.kill(pid, 'SIGKILL');
  // Emptied only once nothing of the machine is visible in it any more.
  if (existsSync(join(folder, 'proc', 'self'))) await run('umount', [join(folder, 'proc')]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function run(command, args) {
  const { code, output } = await runCommand(command, args, { whileStopping: command === 'umount' });
  if (code !== 0) throw new Fault(`${command} failed:\n${output.trimEnd().split('\n').slice(-10).join('\n')}`);
}
