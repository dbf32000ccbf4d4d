import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault, Interrupted } from './fault.mjs';
import { identifyProcess, isGroupRunning } from './process-identity.mjs';

let interrupted = false;

/**
 * Starts a long-running process as the head of a process group of its own, so that Ctrl-C reaches the launcher alone.
 * Its output goes to `log`. Returns `{ name, pid, identity, signal, log, exited }`; `signal` asks it to stop.
 */
export async function startProcess({ name, command, args = [], env, cwd, log, user, signal = 'SIGTERM' }) {
  if (interrupted) throw new Interrupted();
  if (existsSync(log)) renameSync(log, log.replace(/(\.log)?$/, '.previous.log'));
  const output = openSync(log, 'a', 0o600);
  try {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', output, output], ...user });
    const exited = new Promise((resolve) => child.once('exit', (code, killedBy) => resolve({ code, killedBy })));
    await started(child, command);
    return { name, pid: child.pid, identity: identifyProcess(child.pid), signal, log, exited };
  } finally {
    closeSync(output);
  }
}

function started(child, command) {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Fault(`${command} could not be started: ${error.message}`)));
  });
}

/** Whether the process is there and still the one that was started. */
export function isRunning({ pid, identity }) {
  return identity !== undefined && identifyProcess(pid) === identity;
}

/** Asks a process to stop, and after `withinMs` kills it with its group. Returns 'stopped' or 'killed'. */
export async function stopProcess(subject, withinMs) {
  if (isRunning(subject)) process.kill(subject.pid, subject.signal);
  const end = Date.now() + withinMs;
  while (isRunning(subject)) {
    if (Date.now() > end) {
      killProcess(subject);
      return 'killed';
    }
    await delay(25);
  }
  return 'stopped';
}

/** Ends a process and its group at once. */
export function killProcess(subject) {
  if (!isRunning(subject)) return;
  try {
    process.kill(-subject.pid, 'SIGKILL');
  } catch {
    process.kill(subject.pid, 'SIGKILL');
  }
}

const commands = new Set();

/**
 * Runs a command to its end. Returns `{ code, output }`; what it writes is also handed to `onOutput` as it comes.
 * `finish` marks one that must not be broken off, such as a package manager: Ctrl-C waits for it. `whileStopping` marks
 * one that may still start then.
 */
export async function runCommand(command, args, settings = {}) {
  const { onOutput, finish = false, whileStopping = false, timeoutMs, user, ...options } = settings;
  if (interrupted && !whileStopping) throw new Interrupted();
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...options, ...user });
  const entry = { child, finish, exited: new Promise((resolve) => child.once('close', resolve)) };
  commands.add(entry);
  const timer = timeoutMs && setTimeout(() => signalGroup(child, 'SIGKILL'), timeoutMs);
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => (output.push(chunk), onOutput?.(chunk)));
  }
  try {
    await started(child, command);
    const code = await entry.exited;
    if (interrupted && !whileStopping) throw new Interrupted();
    return { code, output: Buffer.concat(output).toString('utf8') };
  } finally {
    clearTimeout(timer);
    commands.delete(entry);
  }
}

/** Breaks off every command that may be broken off, waits for the others, and lets no new one start. */
export async function interruptCommands() {
  interrupted = true;
  await Promise.all([...commands].map(({ child, finish, exited }) => (finish ? exited : breakOff(child))));
}

/** Ends a command as Ctrl-C would: what it has started gets the time to stop what it has started in turn. */
async function breakOff(child) {
  const end = Date.now() + 45_000;
  signalGroup(child, 'SIGINT');
  while (isGroupRunning(child.pid) && Date.now() < end) await delay(50);
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** The last lines of a log file, indented, to be shown below a message. */
export function lastLines(log, count = 12) {
  if (!existsSync(log)) return '    (nothing was written)';
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line.slice(0, 400)}`).join('\n');
}
