import { authenticationPage } from './reference-authentication.mjs';
import { deliveryPage } from './reference-delivery.mjs';
import { lifecyclePage } from './reference-lifecycle.mjs';
import { requestPropertiesPage } from './reference-request-properties.mjs';
import { publishedIntegrationSchema } from './reference-schemas.mjs';
import { setOperationsPage } from './reference-set-operations.mjs';

const pages = [
  ['lifecycle-events.md', 'when an integration can fire', lifecyclePage],
  ['request-properties.md', 'what `configuration.request` takes', requestPropertiesPage],
  ['authentication.md', 'how a call proves who makes it', authenticationPage],
  ['set-operations.md', 'what `configuration.response.set` can change', setOperationsPage],
  ['delivery.md', 'how often and how long a call is tried', deliveryPage],
  ['integration.schema.json', 'JSON Schema of an integration as it is written', publishedIntegrationSchema],
  ['event.schema.json', 'JSON Schema of an event as it is published', ({ eventSchema }) => eventSchema],
];

/** Every page of docs/reference by its file name, not yet formatted; `language` as loadLanguage gives it. */
export function referencePages(language) {
  const made = pages.map(([name, , make]) => {
    const content = make(language);
    return [name, name.endsWith('.json') ? JSON.stringify(content) : withNotice(content)];
  });
  return new Map([['README.md', withNotice(indexPage())], ...made]);
}

/** The names of the pages that differ from what is there; `read` gives a page's text or undefined. */
export function stalePages(expected, read) {
  return [...expected].filter(([name, text]) => read(name) !== text).map(([name]) => name);
}

function indexPage() {
  const rows = pages.map(([name, about]) => `| [${name}](${name}) | ${about} |`);
  return `# Reference

The words of the integration language, made from the entries that the system itself runs by.

| page | tells |
| --- | --- |
${rows.join('\n')}
| [cel-conformance.md](cel-conformance.md) | where conditions differ from the CEL specification |
`;
}

function withNotice(text) {
  return `<!-- Made by \`npm run reference\` from the registries in libs/edi; change the entry, not this page. -->\n\n${text}`;
}
