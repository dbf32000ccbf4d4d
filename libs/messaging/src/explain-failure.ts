/** What went wrong with the broker: `kind` tells apart, `sentence` says it and what to do. */
export interface Explanation {
  kind: string;
  sentence: string;
}

interface Rule {
  kind: string;
  matches: RegExp;
  say: (where: string, detail: string) => string;
}

const rules: Rule[] = [
  {
    kind: 'refused',
    matches: /ECONNREFUSED/,
    say: (where) => `no broker answers at ${where}; start RabbitMQ there or correct AMQP_URL`,
  },
  {
    kind: 'unknown-host',
    matches: /ENOTFOUND|EAI_AGAIN/,
    say: (where) => `the host of ${where} is not known; correct AMQP_URL`,
  },
  {
    kind: 'credentials',
    matches: /ACCESS[-_]REFUSED/,
    say: (where, detail) =>
      `the broker at ${where} refuses the user, its password or its permissions; correct AMQP_URL (${detail})`,
  },
  {
    kind: 'virtual-host',
    matches: /NOT[-_]ALLOWED/,
    say: (where, detail) =>
      `the broker at ${where} does not let this user into the virtual host; create it or correct AMQP_URL (${detail})`,
  },
  {
    kind: 'topology',
    matches: /PRECONDITION[-_]FAILED/,
    say: (where, detail) =>
      `the broker at ${where} holds an object with other arguments: ${detail}; drain and delete it, or run the version that made it`,
  },
  {
    kind: 'version',
    matches: /^RabbitMQ \S+ is too old/,
    say: (where, detail) => `${detail} (at ${where})`,
  },
  {
    kind: 'silent',
    matches: /ETIMEDOUT|no answer within|Heartbeat timeout/,
    say: (where, detail) => `the broker at ${where} does not answer (${detail}); see whether it runs and is reachable`,
  },
];

/** Turns an error of the client library or the broker into one sentence. `where` is host:port, without credentials. */
export function explainFailure(error: unknown, where: string): Explanation {
  const text = textOf(error);
  const rule = rules.find(({ matches }) => matches.test(text));
  if (rule) return { kind: rule.kind, sentence: rule.say(where, detailOf(text)) };
  return { kind: 'lost', sentence: `the broker at ${where} is not to be reached: ${detailOf(text)}` };
}

/** The broker's own words where there are any, else the whole message. */
export function detailOf(error: unknown): string {
  const text = textOf(error);
  return /with message "(.*)"/s.exec(text)?.[1] ?? text;
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
