/**
 * The JSON Schema of an integration as it is published: the one that validation uses, with the entries' summaries as
 * descriptions and each authentication kind spelt out.
 */
export function publishedIntegrationSchema(language) {
  const schema = JSON.parse(JSON.stringify(language.integrationSchema));
  schema.properties.events.items.enum = language.lifecycleEvents.map(([name]) => name);
  const { request, response } = schema.properties.configuration.properties;
  request.properties = described(language.requestProperties);
  const { description } = request.properties.authentication;
  request.properties.authentication = {
    description,
    oneOf: Object.values(described(language.authenticationKinds)),
  };
  response.properties.set.properties = described(language.setOperations);
  return schema;
}

function described(registry) {
  return Object.fromEntries(registry.map(([name, { summary, schema }]) => [name, { description: summary, ...schema }]));
}
