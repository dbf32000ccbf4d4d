import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { askServerProperties } from './amqp-greeting.mjs';
import { canInstallPackages, installPackages } from './debian-package.mjs';
import { Fault } from './fault.mjs';
import { inventNode, startRabbitNode } from './rabbitmq-node.mjs';
import { choosePorts } from './ports.mjs';
import { writePrivateFile } from './private-files.mjs';
import { runCommand } from './processes.mjs';
import { isAtLeast } from './server-version.mjs';
import { findExecutable } from './workspace.mjs';

/** The Debian release whose broker is a RabbitMQ 4, and where a small system with it is kept for the next time. */
const release = 'trixie';
const system = `/var/cache/patchbay/rabbitmq-4-${release}`;
const server = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * A throwaway node of RabbitMQ 4 beside the broker of this machine's distribution, as the variables that tests read:
 * `{ TEST_AMQP4_URL, TEST_AMQP4_MANAGEMENT_URL }`. It runs in a small system of a newer Debian, made once (half a
 * minute, 400 MB) below /var/cache. Needs root on Debian; elsewhere it says so and returns no variables. What it starts
 * it hands to `own({ process?, stop, kill })`, whose `stop` also removes its data.
 */
export async function provideBroker4(note, own) {
  if (!canInstallPackages() || !existsSync(keyring)) {
    note('left out: a second broker, of RabbitMQ 4, can only be made as root on Debian');
    return {};
  }
  if (!existsSync(join(system, server))) await makeSystem(note);
  note('starting a private node');
  const { amqpUrl, managementUrl } = await startInside(own);
  const { version } = await askServerProperties(amqpUrl);
  if (!isAtLeast('4.0', version)) throw new Fault(`The broker of Debian ${release} is RabbitMQ ${version}, not 4.`);
  note(`RabbitMQ ${version}, in a small Debian ${release}`);
  return { TEST_AMQP4_URL: amqpUrl, TEST_AMQP4_MANAGEMENT_URL: managementUrl };
}

/** Renamed into place when it is whole: one broken off, or made at the same time, is never taken for it. */
async function makeSystem(note) {
  if (!findExecutable('debootstrap')) await installPackages(['debootstrap'], note);
  mkdirSync(dirname(system), { recursive: true });
  const folder = mkdtempSync(`${system}.`);
  try {
    note(`debootstrap ${release}, once`);
    const options = ['--variant=minbase', '--include=rabbitmq-server', `--keyring=${keyring}`];
    const { code, output } = await runCommand('debootstrap', [...options, release, folder, await mirror()]);
    if (code !== 0) throw new Fault(`debootstrap failed:\n${output.trimEnd().split('\n').slice(-10).join('\n')}`);
    // It is the root of what runs inside, which everybody must be able to pass through.
    chmodSync(folder, 0o755);
    leadToItself(folder);
    if (!existsSync(system)) renameSync(folder, system);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where this machine gets its packages, whatever that is. */
async function mirror() {
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const { output } = await runCommand('apt-get', [
    'indextargets',
    '--format',
    '$(SITE) $(RELEASE)',
    'Created-By: Packages',
  ]);
  const line = output.split('\n').find((each) => each.endsWith(` ${codename}`));
  return line?.split(' ')[0] ?? 'http://deb.debian.org/debian';
}

/** A path below the system means the same inside as outside. */
function leadToItself(folder) {
  mkdirSync(join(folder, dirname(system)), { recursive: true });
  if (!existsSync(join(folder, system))) symlinkSync('/', join(folder, system));
}

async function startInside(own) {
  const places = join(system, 'var/lib/patchbay');
  mkdirSync(places, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(places, 'node-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  writePrivateFile(join(folder, 'enter'), entrance());
  // An ack that takes too long is noticed within a second, not a minute.
  writePrivateFile(join(folder, 'advanced'), '[{rabbit, [{channel_tick_interval, 1000}]}].\n');
  chmodSync(join(folder, 'enter'), 0o700);
  return startRabbitNode({
    server: { path: join(folder, 'enter') },
    folder,
    ports: await choosePorts({ amqp: '', management: '', distribution: '', epmd: '' }, {}, {}),
    node: inventNode(),
    log: join(folder, 'broker.log'),
    own({ process, kill }) {
      const end = () => kill().finally(remove);
      own({ process, stop: end, kill: end });
    },
  });
}

/** The /proc that the server needs is mounted for it alone and goes with it. */
function entrance() {
  const inside = `exec env -u TMPDIR -u LD_PRELOAD PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 chroot ${system} ${server}`;
  return `#!/bin/sh\nexec unshare --mount sh -c 'mount -t proc proc ${system}/proc && ${inside}'\n`;
}
