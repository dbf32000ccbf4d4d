// JSON Schema (draft-07) of questions about an event: the shape around what has schemas of its own.

const event = {
  type: 'object',
  description: 'must be an object: an event as its publisher sends it, also as a CloudEvent',
  example: {
    event: { name: 'queued', datetime: '2026-11-22T08:44:44.215Z' },
    contact: { id: 'call-1', channel_type: 'phone', direction: 'inbound', queue: { id: 'C917' } },
  },
};

const integration = {
  type: 'object',
  description: 'must be an object: an integration as it would be written, in place of the stored one',
};

const answer = {
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'integer', minimum: 100, maximum: 599 },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    body: { description: 'JSON' },
    text: { type: 'string', description: 'the body as it came, where it is not JSON; sent as UTF-8' },
    duration: { type: 'number', minimum: 0, description: 'seconds' },
  },
  additionalProperties: false,
  not: { required: ['body', 'text'] },
  description: 'must have body, which is JSON, or text, not both',
};

const questionOf = (properties: Record<string, object>, required: string[]) => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
});

/** By what is asked. */
export const questionSchemas = {
  /** An event, and what may replace the stored integration. */
  event: questionOf({ event, integration }, ['event']),
  eventAndIntegration: questionOf({ event, integration }, ['event', 'integration']),
  answer: questionOf({ event, integration, answer }, ['event', 'answer']),
  answerAndIntegration: questionOf({ event, integration, answer }, ['event', 'integration', 'answer']),
} as const;
