// What does the language cost: a reaction to one event, matching among many, loading many?
import { buildMatchIndex } from '@patchbay/edi';
import { loadTypical, measureLoad } from './language/load';
import { reactionSteps } from './language/react';
import { typicalEvent } from './language/typical';
import { printLines, targetsMet, type Line } from './measure/report';
import { figureOf, timeRounds } from './measure/rounds';

const many = 10_000;
const few = 10;
const differentEvents = 1_000;

/** Cold, as a service starts: it comes first and once. */
function loading({ cost: { validate, load, index, megabytes } }: ReturnType<typeof measureLoad>): Line[] {
  const once = (value: number) => ({ median: value, low: value, high: value });
  return [
    { name: 'validate (when saved)', unit: 's', figure: once(validate) },
    { name: 'check and load', unit: 's', figure: once(load) },
    { name: 'index', unit: 's', figure: once(index) },
    { name: 'load and index', unit: 's', figure: once(load + index), atMost: 2 },
    { name: 'memory', unit: 'MB', figure: once(megabytes), atMost: 60 },
  ];
}

function reaction(): Line[] {
  const { steps, whole } = reactionSteps(loadTypical(few));
  const times = timeRounds({ ...steps, whole }, { rounds: 15, calls: 20_000 });
  return Object.entries(times).map(([name, values]) => ({
    name,
    unit: 'µs',
    figure: figureOf(values),
    ...(name === 'whole' && { atMost: 15 }),
  }));
}

/** The same events in both, so that what differs is the number of integrations alone. */
function matching({ loaded, index }: ReturnType<typeof measureLoad>): Line[] {
  const events = Array.from({ length: differentEvents }, (_, number) => typicalEvent(number));
  const fewEvents = Array.from({ length: differentEvents }, (_, number) => typicalEvent(number % few));
  const fewIndex = buildMatchIndex(loaded.slice(0, few));
  const times = timeRounds(
    {
      few: (call) => fewIndex.match(fewEvents[call % differentEvents]!),
      many: (call) => index.match(events[call % differentEvents]!),
    },
    { rounds: 31, calls: 200_000 },
  );
  const ratios = times.many.map((time, round) => time / times.few[round]!);
  return [
    { name: `among ${few}`, unit: 'µs', figure: figureOf(times.few) },
    { name: `among ${many}`, unit: 'µs', figure: figureOf(times.many) },
    { name: 'ratio', unit: '', figure: figureOf(ratios), atMost: 1.2 },
  ];
}

const loaded = measureLoad(many);
const load = loading(loaded);
const match = matching(loaded);
const react = reaction();

if (process.argv.includes('--json')) {
  const medians = (lines: Line[]) => Object.fromEntries(lines.map(({ name, figure }) => [name, figure.median]));
  const figures = { reactionUs: medians(react), matching: medians(match), loading: medians(load) };
  const met = targetsMet([...load, ...match, ...react]);
  process.stdout.write(
    `${JSON.stringify({ benchmark: 'language', node: process.version, ...figures, targetsMet: met })}\n`,
  );
} else {
  printLines('A reaction: POST with 8 placeholders, a condition, 2 sets and 2 saves; processor time', react);
  printLines('Matching; processor time', match);
  printLines(`Loading ${many} integrations; processor time, and memory that stays`, load);
  process.stdout.write('\n');
}
