import { table } from './markdown-table.mjs';
import { code, inWords } from './reference-words.mjs';

/** The page of authentication kinds: entry id, secret, form and samples of each. */
export function authenticationPage({ authenticationKinds, validateIntegration }) {
  const judge = (example) => outcome(validateIntegration, example);
  return `# Authentication

An integration's \`authentications\` are entries \`{ "id": ..., "secret": ... }\`; the secret can be written and never read.
An entry whose id starts with the prefix of a kind is used by \`"authentication": { "type": ... }\` in
\`configuration.request\`; when there are several of that kind, \`"id"\` names one. An entry under any other name is a
header value: \`"headers": { "x-api-key": "{authentications.api-key}" }\`. Both ways may be used in one request.

${table(['kind', 'entry id', 'secret', 'writes the Authorization header'], authenticationKinds.map(kindRow))}

${authenticationKinds.map((entry) => kindSection(entry, judge)).join('\n')}`;
}

function kindRow([name, { prefix, names, secret, writesAuthorization }]) {
  return [`[\`${name}\`](#${name})`, `\`${prefix}<${names}>\``, secret, writesAuthorization ? 'yes' : 'no'];
}

function kindSection([name, { summary, schema, examples }], judge) {
  return `## \`${name}\`

${summary}

\`authentication\` is ${inWords(schema)}.

${table(
  ['authentication', 'entry', 'secret', 'sends'],
  examples.map((example) => [
    code(example.authentication),
    `\`${example.entryId}\``,
    `\`${example.secret}\``,
    judge(example),
  ]),
)}
`;
}

/** The headers where they can be told beforehand; a kind that this version refuses says so. */
function outcome(validateIntegration, { authentication, entryId, secret, headers = {} }) {
  const { faults } = validateIntegration({
    name: 'reference',
    endpointUrl: 'https://example.com/',
    authentications: [{ id: entryId, secret }],
    configuration: { request: { method: 'GET', authentication } },
  });
  if (faults.length > 0) return `nothing: ${faults[0].message}`;
  const sent = Object.entries(headers).map(([header, value]) => `\`${header}: ${value}\``);
  return sent.join(', ') || 'made for each request';
}
