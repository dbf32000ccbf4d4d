import { table } from './markdown-table.mjs';
import { either } from './reference-words.mjs';

/** The page of lifecycle events: what each means, the phase it brings, and the contacts it is expected for. */
export function lifecyclePage({ lifecycleEvents, channelTypes, contactDirections }) {
  const kinds = channelTypes
    .flatMap((channel) => contactDirections.map((direction) => `${channel} ${direction}`))
    .filter((kind) => lifecycleEvents.some(([, { likely }]) => likely.includes(kind)));
  const meanings = lifecycleEvents.map(([name, { summary, phase }]) => [`\`${name}\``, summary, phaseInWords(phase)]);
  const cells = lifecycleEvents.map(([name, { likely }]) => [
    `\`${name}\``,
    ...kinds.map((kind) => (likely.includes(kind) ? 'yes' : '-')),
  ]);
  return `# Lifecycle events

A step in a conversation's life. An integration fires for the events it lists in \`events\`; an empty list disables it.

${table(['event', 'meaning', 'the conversation is then'], meanings)}

## Where they are expected

A "-" is a hint, never a rule: an event that arrives fires all the same, and an integration that waits for one is told so
by the warning \`unlikely-event\`.

${table(['event', ...kinds], cells)}

What an answer can change depends on the phase: see [set operations](set-operations.md#where-they-apply).
`;
}

function phaseInWords(phase) {
  if (typeof phase === 'string') return phase;
  return either(
    Object.entries(phase).map(([direction, one]) => `${one} (${direction})`),
    'or',
  );
}
