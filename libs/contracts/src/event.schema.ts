import { channelTypes, contactDirections, eventNames } from '@patchbay/edi';

// The published JSON Schema (draft-07) of an incoming event, language.md section 9.

const anyCase = (words: readonly string[]) => ({
  type: 'string',
  pattern: `^(${words.map((word) => [...word].map((letter) => `[${letter}${letter.toUpperCase()}]`).join('')).join('|')})$`,
});

const textOrNull = { type: ['string', 'null'] };
const objectOrNull = { type: ['object', 'null'] };
const arrayOrNull = { type: ['array', 'null'] };
/** An id: it is part of keys, logs and addresses, so no control characters and no novel. */
const id = { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f]+$' };

export const eventSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'patchbay.conversation-event.v1',
  title: 'Conversation lifecycle event',
  type: 'object',
  required: ['event', 'contact'],
  properties: {
    id,
    event: {
      type: 'object',
      required: ['name', 'datetime'],
      properties: {
        name: anyCase(eventNames),
        datetime: { type: 'string', format: 'date-time' },
      },
    },
    contact: {
      type: 'object',
      required: ['id', 'channel_type', 'direction'],
      properties: {
        id,
        guid: { anyOf: [id, { enum: ['', null] }] },
        channel_type: anyCase(channelTypes),
        channel_sub_type: textOrNull,
        direction: anyCase(contactDirections),
        created: textOrNull,
        language: textOrNull,
        priority: { type: ['number', 'null'] },
        skills: arrayOrNull,
        queue: objectOrNull,
        forwarding_queue: objectOrNull,
        agent: objectOrNull,
        preferred_agent: objectOrNull,
        transferring_agent: objectOrNull,
        required_agents: arrayOrNull,
        source: textOrNull,
        destination: textOrNull,
        attached_data: objectOrNull,
      },
    },
  },
} as const;

/** What one event may weigh, in bytes. */
export const eventMaxBytes = 256 * 1024;
