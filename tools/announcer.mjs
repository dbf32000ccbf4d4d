import { relative } from 'node:path';
import { coloursFor } from './colours.mjs';
import { feedHead, feedLine } from './feed.mjs';
import { replayLines } from './replay.mjs';

/** Tells happenings to people: addresses, then the feed, in columns. */
export function announceToPeople(progress, stream = process.stdout) {
  const colours = coloursFor(stream);
  let headShown = false;
  return {
    ready: (ready) => progress.say(`\n${readyText(ready, colours)}\n`),
    delivery(record) {
      if (!headShown) progress.say(feedHead(colours));
      headShown = true;
      progress.say(feedLine(record, colours, stream.isTTY ? stream.columns : undefined));
    },
    serviceEnded: (ended) => progress.say(colours.red(`\n  ${serviceEndedText(ended)}\n`)),
    replay: (state) => replayLines(state).forEach((line) => progress.say(`  ${line}`.trimEnd())),
    stopped: () => progress.say('  Everything is stopped.'),
    fault: () => undefined,
  };
}

/** Tells happenings to programs: one line of JSON each. */
export function announceToPrograms(stream = process.stdout) {
  const tell = (type) => (happening) => stream.write(`${JSON.stringify({ type, ...happening })}\n`);
  return {
    ready: tell('ready'),
    delivery: tell('delivery'),
    serviceEnded: tell('service-ended'),
    replay: tell('replay'),
    stopped: tell('stopped'),
    fault: tell('fault'),
  };
}

function readyText({ urls, amqpManagementUrl, databaseUrl, token, logsFolder, seconds }, colours) {
  const broker = amqpManagementUrl && new URL(amqpManagementUrl);
  const rows = [
    ['configuration', `${urls.configService}/docs`, 'integrations: create, read, change'],
    ['events in', `${urls.eventIngest}/docs`, 'or over AMQP: exchange patchbay.intake'],
    ['deliveries', `${urls.deliveryLog}/docs`, 'what happened and why; dead letters, replay'],
    ['sandbox', `${urls.sandbox}/docs`, 'the pretend contact centre and its customers'],
    ...(broker ? [['broker', broker.origin, `user ${broker.username}, password ${broker.password}`]] : []),
    ['database', databaseUrl, ''],
    ['token', token, 'Authorization: Bearer ...'],
    ['logs', relative(process.cwd(), logsFolder) || logsFolder, ''],
  ];
  const lines = rows.map(([name, value, remark]) =>
    `    ${name.padEnd(14)} ${value.padEnd(34)} ${colours.dim(remark)}`.trimEnd(),
  );
  return [
    `  ${colours.bold(`Patchbay is ready`)} ${colours.dim(`after ${seconds} s; Ctrl-C stops everything`)}`,
    '',
    ...lines,
  ].join('\n');
}

function serviceEndedText({ service, code, signal, log }) {
  return `${service} has ended (${signal ?? `code ${code}`}); the others keep running. Its log: ${log}`;
}
