import { authenticationKinds } from './auth';
import { channelTypes } from './channel';
import { deliveryProfiles, integrationDirections } from './integration';
import { eventNames } from './lifecycle';
import { requestSchema } from './request-properties';
import { saveKeyPattern } from './save';
import { setOperations } from './set';

// JSON Schema (draft-07) of an integration as it is written. What a schema cannot say is in validate.ts.

const seconds = (minimum: number) => ({ type: 'number', minimum });

const responseSchema = {
  type: 'object',
  properties: {
    set: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(setOperations).map(([name, { schema }]) => [name, schema])),
      additionalProperties: false,
    },
    save: {
      type: 'object',
      propertyNames: {
        pattern: saveKeyPattern.source,
        description: 'a key of attached data is a valid XML element name: a letter or _ first, no spaces',
      },
    },
  },
  additionalProperties: false,
};

export const configurationSchema = {
  type: 'object',
  required: ['request'],
  properties: { request: requestSchema, response: responseSchema },
  additionalProperties: false,
};

const printable = '^[^\\u0000-\\u001f\\u007f]{1,128}$';

export const integrationSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'patchbay.integration.v1',
  title: 'Integration',
  type: 'object',
  required: ['name', 'endpointUrl', 'configuration'],
  properties: {
    name: {
      type: 'string',
      pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f]{1,200}$',
      description: 'must be a text of 1 to 200 printable characters',
    },
    description: { type: 'string', maxLength: 4000 },
    channel: { enum: [...channelTypes, 'multi'] },
    endpointUrl: { type: 'string', minLength: 1, maxLength: 8192 },
    ordinal: { type: 'integer', minimum: 1 },
    direction: { enum: integrationDirections },
    events: { type: 'array', items: { enum: eventNames }, uniqueItems: true },
    direct: {
      type: 'object',
      properties: { calls: { type: 'boolean' }, chats: { type: 'boolean' } },
      additionalProperties: false,
    },
    queues: {
      type: 'array',
      items: { type: 'string', pattern: printable, description: 'must be a queue id of 1 to 128 printable characters' },
      maxItems: 10_000,
    },
    authentications: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        required: ['id'],
        properties: {
          id: {
            type: 'string',
            pattern: "^[^\\u0000-\\u001f\\u007f'{}]{1,128}$",
            description: "must be 1 to 128 printable characters without ' and braces",
          },
          secret: { type: 'string', minLength: 1, maxLength: 65536 },
        },
        additionalProperties: false,
      },
    },
    configuration: configurationSchema,
    delivery: {
      type: 'object',
      properties: {
        profile: { enum: deliveryProfiles },
        maxAttempts: { type: 'integer', minimum: 1, maximum: 100 },
        maxAge: seconds(1),
        setMaxAge: seconds(1),
        accept: { type: 'array', items: { type: 'integer', minimum: 100, maximum: 599 } },
        concurrency: { type: 'integer', minimum: 1, maximum: 1000 },
        ratePerSecond: { type: 'number', exclusiveMinimum: 0 },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const;

/** The schema of an `authentication` object, by its type. */
export function authenticationSchemas(): [type: string, schema: object][] {
  return Object.entries(authenticationKinds).map(([type, { schema }]) => [type, schema]);
}
