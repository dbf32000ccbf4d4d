import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Fault } from './fault.mjs';
import { root } from './workspace.mjs';

export const usage = `npm start -- [options]

  --replay FILE  play a day of real calls from FILE instead of the sandbox's own conversations
  --speed N      how many times faster than real time; as fast as it goes when left out
  --no-play      start everything, play nothing
  --fresh        empty the state folder first
  --state DIR    the state folder; .patchbay in the checkout when left out
  --json         one JSON line per happening on standard output; progress goes to standard error
  --help         this text

Taken from the environment: AMQP_URL, AMQP_MANAGEMENT_URL, DATABASE_URL, PATCHBAY_<SERVICE>_PORT.`;

const options = {
  json: { type: 'boolean', default: false },
  fresh: { type: 'boolean', default: false },
  'no-play': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  state: { type: 'string' },
  replay: { type: 'string' },
  speed: { type: 'string' },
};

/** The options of `npm start`; faults name what is wrong. Paths are those of where the command was typed. */
export function readStartOptions(args, environment = process.env) {
  const values = parse(args);
  const typedIn = environment.INIT_CWD ?? process.cwd();
  const replay = values.replay && resolve(typedIn, values.replay);
  if (replay && !existsSync(replay)) throw new Fault(`There is no file ${replay} to replay.`);
  if (values.speed !== undefined && !replay) throw new Fault('--speed is for --replay FILE.');
  if (replay && values['no-play']) throw new Fault('--replay and --no-play contradict each other; give one of them.');
  return {
    json: values.json,
    fresh: values.fresh,
    help: values.help,
    play: !values['no-play'],
    state: values.state ? resolve(typedIn, values.state) : join(root, '.patchbay'),
    replay,
    speed: values.speed === undefined ? 0 : readSpeed(values.speed),
  };
}

function parse(args) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    throw new Fault(`${error.message}\n\n${usage}`);
  }
}

function readSpeed(text) {
  const speed = Number(text);
  if (text.trim() !== '' && Number.isFinite(speed) && speed >= 0) return speed;
  throw new Fault(
    `--speed is "${text}". Give how many times faster than real time, such as 60; 0 is as fast as it goes.`,
  );
}
