import { table } from './markdown-table.mjs';
import { code, inWords } from './reference-words.mjs';

/** The page of set operations: what each takes, where it applies, and what becomes of sample values. */
export function setOperationsPage(language) {
  return `# Set operations

What \`configuration.response.set\` can change about a conversation. A value is a text, number or object of the form below;
placeholders such as \`{response.body.priority}\` are filled in from the answer. An operation whose value is missing, null,
empty or of another form is not done, and the next integration of the chain may do it; it never fails the conversation.

${language.setOperations.map(operationSection).join('\n')}
## Where they apply

For inbound conversations only, by the phase that the [event](lifecycle-events.md) brings.

${applicability(language)}
`;
}

function operationSection([name, { summary, schema, examples }]) {
  return `## \`${name}\`

${summary}

Takes ${inWords(schema)}.

${table(['rendered value', 'outcome'], examples.map(exampleRow))}
`;
}

function exampleRow({ given, contact, reading }) {
  const situation = contact ? ` for a contact with ${code(contact)}` : '';
  const outcome = 'value' in reading ? `publishes ${code(reading.value)}` : `not done: ${reading.notDone}`;
  return [`${code(given)}${situation}`, outcome];
}

function applicability({ lifecycleEvents, setOperations, notApplicable }) {
  const applies = (name, event) => notApplicable(name, event, { direction: 'inbound' }) === undefined;
  const rows = lifecycleEvents.map(([event]) => [
    `\`${event}\``,
    ...setOperations.map(([name]) => (applies(name, event) ? 'yes' : '-')),
  ]);
  return table(['event', ...setOperations.map(([name]) => `\`${name}\``)], rows);
}
