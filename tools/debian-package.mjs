import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Fault } from './fault.mjs';
import { runCommand } from './processes.mjs';
import { findExecutable, isRoot } from './workspace.mjs';

const policyFile = '/usr/sbin/policy-rc.d';

/** Whether packages of the distribution can be installed: root, on Debian or one of its kin. */
export function canInstallPackages() {
  return isRoot() && existsSync('/etc/debian_version') && Boolean(findExecutable('apt-get'));
}

/** What is installed now: the package manager serves one at a time, and fails the others. */
let installing = Promise.resolve();

/** Installs packages of the distribution, without letting one start a service of its own. */
export function installPackages(names, note) {
  const installed = installing.then(() => install(names, note));
  installing = installed.catch(() => undefined);
  return installed;
}

async function install(names, note) {
  await withoutStartingServices(async () => {
    note('apt-get update');
    const updated = await aptGet(['update']);
    note(`apt-get install ${names.join(' ')}`);
    const installed = await aptGet(['install', '--yes', '--no-install-recommends', ...names]);
    if (installed.code === 0) return;
    const said = `${updated.code === 0 ? '' : updated.output}${installed.output}`.trimEnd().split('\n').slice(-15);
    throw new Fault(`apt-get could not install ${names.join(', ')}:\n${said.map((line) => `    ${line}`).join('\n')}`);
  });
}

// The distribution's own way to say "install, but start nothing": exit 101 forbids it (invoke-rc.d).
async function withoutStartingServices(work) {
  const former = existsSync(policyFile) ? readFileSync(policyFile) : undefined;
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (former) writeFileSync(policyFile, former);
    else rmSync(policyFile);
  }
}

function aptGet(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return runCommand('apt-get', ['-q', ...args], { env, finish: true });
}
