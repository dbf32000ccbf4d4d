import type { RequestProperty } from './entry';
import * as properties from './properties';

export type { RequestProperty } from './entry';
export type RequestPropertyName = keyof typeof properties;

/** Every property of `configuration.request`; exporting an entry from properties.ts registers it. */
export const requestProperties: Readonly<Record<RequestPropertyName, RequestProperty>> = properties;

/** JSON Schema of `configuration.request`, put together from the entries. */
export const requestSchema = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(requestProperties).map(([name, { schema }]) => [name, schema])),
  required: Object.entries(requestProperties).flatMap(([name, { required }]) => (required ? [name] : [])),
  additionalProperties: false,
};
