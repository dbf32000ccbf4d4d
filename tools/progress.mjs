import { coloursFor } from './colours.mjs';
import { Interrupted } from './fault.mjs';

const shownAfter = 2_000;
const repeatedEvery = 10_000;

/**
 * Shows what is being done and for how long. `phase(name, work)` runs `work(note)`; `note(text)` says how far it is,
 * and the last note stands on the closing line. On a terminal one line moves; elsewhere whole lines are written. A
 * `quiet` phase shows only its end, as its work shows itself through `write`; `failed(result)` tells a bad end.
 */
export function createProgress(stream = process.stdout) {
  const colours = coloursFor(stream);
  const active = new Map();
  let timer;

  function say(text = '') {
    erase();
    stream.write(`${text}\n`);
    draw();
  }

  /** Passes on output of others as it comes. */
  function write(chunk) {
    erase();
    stream.write(chunk);
  }

  async function phase(name, work, { quiet = false, failed = () => false } = {}) {
    const entry = { note: '', quiet, since: Date.now(), lastShown: Date.now() + shownAfter - repeatedEvery };
    active.set(name, entry);
    timer ??= setInterval(tick, 200);
    try {
      const result = await work((note) => (entry.note = note));
      leave(name, `${failed(result) ? colours.red('✗') : colours.green('✓')} ${line(name, entry)}`);
      return result;
    } catch (error) {
      leave(name, error instanceof Interrupted ? undefined : `${colours.red('✗')} ${line(name, entry)}`);
      throw error;
    }
  }

  function leave(name, closingLine) {
    active.delete(name);
    if (active.size === 0) timer = clearInterval(timer);
    if (closingLine) say(`  ${closingLine}`);
    else erase();
  }

  function line(name, { note, since }) {
    return `${name.padEnd(19)} ${note.padEnd(56)} ${colours.dim(seconds(since).padStart(7))}`;
  }

  function tick() {
    if (stream.isTTY) return draw();
    for (const [name, entry] of active) {
      if (entry.quiet || Date.now() - entry.lastShown < repeatedEvery) continue;
      entry.lastShown = Date.now();
      stream.write(`  … ${line(name, entry)}\n`);
    }
  }

  function draw() {
    const shown = [...active].filter(([, { quiet }]) => !quiet);
    if (!stream.isTTY || shown.length === 0) return;
    const parts = shown.map(([name, entry]) => `${name}: ${entry.note || 'working'} ${seconds(entry.since)}`);
    const text = `  … ${parts.join(' · ')}`;
    erase();
    stream.write(colours.dim(text.slice(0, (stream.columns ?? 80) - 1)));
  }

  function erase() {
    if (stream.isTTY) stream.write('\r\u001b[K');
  }

  return { say, write, phase };
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
