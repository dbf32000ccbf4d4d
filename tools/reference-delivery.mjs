import { table } from './markdown-table.mjs';

const withResponse = { request: { method: 'POST' }, response: {} };
const withoutResponse = { request: { method: 'POST' } };

/** The page of delivery profiles, asked from the function that deliveries follow. */
export function deliveryPage({ deliveryProfiles, policyOf, channelTypes }) {
  const policy = (profile, channel = 'phone') => policyOf({ profile }, withoutResponse, channel);
  const ages = (profile) => channelTypes.map((channel) => [channel, policy(profile, channel).maxAge]);
  const rows = deliveryProfiles.map((profile) => {
    const { maxAttempts, baseDelay } = policy(profile);
    return [`\`${profile}\``, maxAttempts, byChannel(ages(profile)), maxAttempts > 1 ? inTime(baseDelay) : '-'];
  });
  const { concurrency } = policy('standard');
  const setAges = channelTypes.map((channel) => [channel, policy('standard', channel).setMaxAge]);
  const acceptOf = (method) => JSON.stringify(policyOf({}, { request: { method } }, 'phone').accept);
  return `# Delivery

How often and how long a call is tried: \`delivery.profile\` of an integration. Without one it is
\`${policyOf({}, withResponse, 'phone').profile}\` for an integration with a \`response\`, and
\`${policyOf({}, withoutResponse, 'phone').profile}\` for any other.

${table(['profile', 'attempts at most', 'within', 'first delay at most'], rows)}

Time counts from the event's \`datetime\`. A delay is drawn between nothing and a ceiling, which doubles with each attempt up
to an hour. Every attempt of a delivery carries the same \`Idempotency-Key\` and the same body. \`at-most-once\` is, beyond
\`once\`, not called again when it is unknown whether a call that was cut off by a crash had been sent.

Each number can be overridden:

${table(
  ['setting', 'means', 'default'],
  [
    ['`maxAttempts`', 'calls at most', 'by profile'],
    ['`maxAge`', 'seconds after the event until it is given up', 'by profile'],
    [
      '`setMaxAge`',
      'seconds after the event until a `set` is no longer published; a `save` still is',
      byChannel(setAges),
    ],
    [
      '`accept`',
      'statuses besides 2xx that end a delivery well, with nothing set',
      `\`${acceptOf('GET')}\` for GET, else \`${acceptOf('POST')}\``,
    ],
    ['`concurrency`', 'calls at a time, per dispatcher', concurrency],
    ['`ratePerSecond`', 'calls per second, per dispatcher', 'no limit'],
  ],
)}
`;
}

function byChannel(seconds) {
  const ages = [...new Set(seconds.map(([, age]) => age))];
  if (ages.length === 1) return inTime(ages[0]);
  const channelsOf = (age) => seconds.filter((one) => one[1] === age).map(([channel]) => channel);
  return ages.map((age) => `${inTime(age)} (${channelsOf(age).join(', ')})`).join(', ');
}

function inTime(seconds) {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds >= 600 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
