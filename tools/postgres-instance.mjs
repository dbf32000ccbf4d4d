import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from './fault.mjs';
import { findPostgresServer } from './postgres-server.mjs';
import { isRunning, killProcess, lastLines, runCommand, startProcess, stopProcess } from './processes.mjs';
import { isReachable, reachablePlace, unprivilegedUser } from './unprivileged.mjs';
import { root } from './workspace.mjs';

const throwawaySettings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts a PostgreSQL of our own with its data below `folder` (or where placeOfPostgres says), on a loopback port,
 * with a password. `throwaway` gives up durability for speed. Ready, with a database `patchbay`, when it returns.
 */
export async function startPostgres({ folder, port, password, log, throwaway = false, own, note }) {
  const place = placeOfPostgres(folder);
  const user = unprivilegedUser();
  makePlace(place, user);
  const server = reachableServer(findPostgresServer(join(place, 'data')), place, user, note);
  if (!existsSync(join(place, 'data', 'PG_VERSION'))) await initialise({ server, place, user, password, note });
  note(`starting PostgreSQL ${server.major}`);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  const subject = await startProcess({
    name: 'database',
    command: join(server.folder, 'postgres'),
    args: [
      '-D',
      join(place, 'data'),
      '-p',
      String(port),
      ...flags([...settings, ...(throwaway ? throwawaySettings : [])]),
    ],
    env: serverEnvironment(place),
    cwd: place,
    log,
    user,
    // "Fast": ends the sessions and closes the data in order. SIGTERM would wait for every client to leave.
    signal: throwaway ? 'SIGQUIT' : 'SIGINT',
  });
  own({
    process: subject,
    stop: (withinMs) => stopProcess(subject, withinMs),
    kill: () => killProcess(subject),
  });
  const databaseUrl = await answering(`postgres://patchbay:${password}@127.0.0.1:${port}`, subject);
  const how = server.embedded ? 'from the packages' : 'local server';
  note(`PostgreSQL ${server.major}, ${how}, on 127.0.0.1:${port}`);
  return { databaseUrl };
}

/** Where the data of a private PostgreSQL lies that belongs to `folder`. */
export function placeOfPostgres(folder) {
  return reachablePlace(folder, 'postgres');
}

/** Waits until a database answers; returns its address. `label` names it in the fault. */
export async function databaseAnswers(databaseUrl, { label, withinMs = 30_000, alive = () => true, note } = {}) {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await query(databaseUrl, 'select current_setting($1) as version', ['server_version']);
    } catch (error) {
      note?.(`waiting for ${label}`);
      // A database that answers and refuses will not change its mind; one that starts up (57P03) will.
      const refused = error.code?.length === 5 && error.code !== '57P03';
      if (refused || !alive() || Date.now() > end) throw new Fault(`${label} cannot be used: ${error.message}`);
    }
    await delay(50);
  }
}

async function query(databaseUrl, text, values) {
  const { Client } = createRequire(join(root, 'package.json'))('pg');
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  // A connection that is lost while idle is reported here as well as by the query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function answering(address, subject) {
  const alive = () => isRunning(subject);
  try {
    await databaseAnswers(`${address}/postgres`, { label: 'The private PostgreSQL', withinMs: 60_000, alive });
    const found = await query(`${address}/postgres`, 'select 1 from pg_database where datname = $1', ['patchbay']);
    if (found.length === 0) await query(`${address}/postgres`, 'create database patchbay');
    return `${address}/patchbay`;
  } catch (error) {
    throw new Fault(`${error.message}\nIts log ${subject.log} says last:\n${lastLines(subject.log)}`);
  }
}

async function initialise({ server, place, user, password, note }) {
  note('making the database files');
  const data = join(place, 'data');
  const passwordFile = join(place, 'password');
  rmSync(data, { recursive: true, force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  const access = ['-U', 'patchbay', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const args = ['-D', `${data}.new`, ...access, '-E', 'UTF8', `--locale=${locale}`, '--no-sync'];
  rmSync(`${data}.new`, { recursive: true, force: true });
  const env = serverEnvironment(place);
  const { code, output } = await runCommand(join(server.folder, 'initdb'), args, { env, cwd: place, user });
  rmSync(passwordFile);
  if (code !== 0)
    throw new Fault(`PostgreSQL could not make its files in ${data}:\n${output.trimEnd().replace(/^/gm, '    ')}`);
  // Renamed when whole, so that an interrupted start is not taken for a database.
  renameSync(`${data}.new`, data);
}

function makePlace(place, user) {
  mkdirSync(place, { recursive: true, mode: 0o700 });
  if (!user) return;
  for (const above of [dirname(dirname(place)), dirname(place)]) {
    if (above.startsWith('/var/lib/patchbay')) chmodSync(above, 0o711);
  }
  chownSync(place, user.uid, user.gid);
}

// The programs in node_modules are copied when the clone is closed to the user that must run them.
function reachableServer(server, place, user, note) {
  if (!user || isReachable(server.folder)) return server;
  const copy = join(dirname(place), `postgres-server-${server.major}`);
  if (!existsSync(copy)) {
    note('copying the database programs to where an unprivileged user can run them');
    cpSync(dirname(server.folder), `${copy}.new`, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', `${copy}.new`]);
    renameSync(`${copy}.new`, copy);
  }
  return { ...server, folder: join(copy, 'bin') };
}

function serverEnvironment(place) {
  const kept = ['PATH', 'TZ', 'LD_LIBRARY_PATH'].filter((name) => process.env[name] !== undefined);
  return { ...Object.fromEntries(kept.map((name) => [name, process.env[name]])), HOME: place, LC_ALL: 'C' };
}

function flags(settings) {
  return settings.flatMap((setting) => ['-c', setting]);
}
