const columns = { time: 8, conversation: 12, kind: 14, event: 11, integration: 32, answer: 20 };
const conversationColours = ['cyan', 'magenta', 'blue', 'yellow', 'green'];
const statusColours = {
  succeeded: 'green',
  retrying: 'yellow',
  dead: 'red',
  expired: 'yellow',
  cancelled: 'yellow',
  skipped: 'dim',
};

/** The head of the feed: the names of its columns. */
export function feedHead(colours) {
  const names = ['time', 'conversation', 'channel', 'event', 'integration', 'answer'];
  const cells = names.map((name, index) => fit(name, Object.values(columns)[index]));
  return colours.dim(`  ${cells.join('  ')}  set and saved`);
}

/** One delivery as one line, in columns; `width` cuts the last one, undefined leaves it whole. */
export function feedLine(record, colours, width) {
  const head = [
    colours.dim(fit(timeOfDay(record.at), columns.time)),
    colours[colourOf(record.conversation)](fit(shortId(record.conversation), columns.conversation)),
    fit(`${record.channel} ${record.direction}`, columns.kind),
    fit(record.event, columns.event),
    colours.bold(fit(record.integration, columns.integration)),
    colours[statusColours[record.status] ?? 'bold'](fit(answerOf(record), columns.answer)),
  ].join('  ');
  const used = 2 + Object.values(columns).reduce((sum, column) => sum + column + 2, 0);
  const done = doneBy(record);
  return `  ${head}  ${cut(done, width ? Math.max(20, width - used) : Infinity)}`.trimEnd();
}

/** The head of a UUID is enough to follow a conversation with the eye. */
function shortId(id) {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id) ? id.slice(0, 8) : id;
}

function answerOf({ status, httpStatus, durationMs, attempt, reason }) {
  const parts = [
    status === 'succeeded' ? '' : status,
    httpStatus ?? '',
    status === 'succeeded' && durationMs !== undefined ? `${Math.round(durationMs)} ms` : '',
    status !== 'succeeded' && httpStatus === undefined ? (reason ?? '') : '',
    attempt > 1 ? `try ${attempt}` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function doneBy({ set, save, reason, status, httpStatus }) {
  return [
    describeAll('set', set),
    describeAll('saved', save),
    status !== 'succeeded' && httpStatus !== undefined ? (reason ?? '') : '',
  ]
    .filter((part) => part !== '')
    .join('; ');
}

function describeAll(verb, values) {
  const entries = Object.entries(values ?? {});
  return entries.length === 0 ? '' : `${verb} ${entries.map(([name, value]) => `${name} ${brief(value)}`).join(', ')}`;
}

/** A JSON value for people: ids and texts bare, lists joined, objects as name: value pairs. */
function brief(value) {
  if (Array.isArray(value)) return `[${value.map(brief).join(', ')}]`;
  if (value === null || typeof value !== 'object') return String(value);
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] === 'id') return brief(value.id);
  return `{${entries.map(([name, inner]) => `${name}: ${brief(inner)}`).join(', ')}}`;
}

function timeOfDay(at) {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

function colourOf(conversation) {
  const sum = [...String(conversation)].reduce((total, character) => total + character.codePointAt(0), 0);
  return conversationColours[sum % conversationColours.length];
}

// Answers come from outside: a control character in one must not steer the terminal.
function fit(text, length) {
  return cut(text, length).padEnd(length);
}

function cut(text, length) {
  const clean = String(text ?? '').replace(/\p{Cc}/gu, ' ');
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}
