import { table } from './markdown-table.mjs';
import { code, inWords } from './reference-words.mjs';

/** The page of request properties: what each takes, its default, and what validation says to sample values. */
export function requestPropertiesPage({ requestProperties, validateIntegration }) {
  const overview = requestProperties.map(([name, property]) => [
    `[\`${name}\`](#${name.toLowerCase()})`,
    property.summary,
    property.default,
  ]);
  const judge = (name, example) => outcome(validateIntegration, name, example);
  return `# Request properties

What \`configuration.request\` of an integration takes.

${table(['property', 'meaning', 'default'], overview)}

${requestProperties.map((entry) => propertySection(entry, judge)).join('\n')}`;
}

function propertySection([name, { summary, schema, examples, ...property }], judge) {
  return `## \`${name}\`

${summary}

Takes ${inWords(schema)}. Default: ${property.default}.

${table(
  ['value', 'outcome'],
  examples.map((example) => [code(example.value), judge(name, example)]),
)}
`;
}

/** The example's own verdict, and the sentence that validation has for it. */
function outcome(validateIntegration, name, { value, fault, warning }) {
  if (fault === undefined && warning === undefined) return 'taken';
  const { faults, warnings } = validateIntegration({
    name: 'reference',
    endpointUrl: 'https://example.com/',
    authentications: [
      { id: 'basic:alice', secret: 'secret' },
      { id: 'api-key', secret: 'secret' },
    ],
    configuration: { request: { method: 'POST', [name]: value } },
  });
  const finding = [...faults, ...warnings].find((one) => one.code === (fault ?? warning));
  const message = finding ? `: ${finding.message.split('\n', 1)[0]}` : '';
  return `${fault ? 'fault' : 'taken, with the warning'} \`${fault ?? warning}\`${message}`;
}
