// The published JSON Schema (draft-07) of an event that comes as a CloudEvent 1.0 in structured JSON, language.md
// section 9. What `data` holds is the event schema's business.

const controls = '\\u0000-\\u001f\\u007f';

export const cloudEventSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'patchbay.conversation-event.cloud-event.v1',
  title: 'Conversation lifecycle event as a CloudEvent',
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'data'],
  properties: {
    specversion: { enum: ['1.0'] },
    id: {
      type: 'string',
      pattern: `^[^${controls}]+$`,
      description: 'must be a text of at least one character, without control characters',
    },
    source: {
      type: 'string',
      pattern: `^[^\\s${controls}]+$`,
      description: 'must be a URI reference: not empty, without spaces and control characters',
    },
    type: { type: 'string', description: 'must be a text whose last part is the name of the event' },
    time: { type: 'string', format: 'date-time' },
    datacontenttype: {
      type: 'string',
      pattern: '^\\s*application/([\\w.-]+\\+)?json\\s*(;.*)?$',
      description: 'must be JSON: application/json, or left out',
    },
    data: { type: 'object' },
  },
} as const;
