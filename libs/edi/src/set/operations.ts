import { sameQueue } from '../queue-id';
import { isJsonObject } from '../json';
import type { Partly } from '../value-tree';
import type { SetOperation, SetReading } from './entry';

// One export is one set operation; its name is the property under `response.set`.

const missing: SetReading = { notDone: 'the value is missing, null or empty' };

export const priority: SetOperation = {
  summary: 'Changes the priority; a smaller number is served sooner.',
  schema: { type: ['string', 'number'] },
  phases: ['arriving', 'queued', 'moving'],
  read(value) {
    if (value === undefined) return missing;
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 4294967295) {
      return { notDone: 'a priority is an integer from 0 to 4294967295 or its digits as text' };
    }
    return { value: number };
  },
  examples: [
    { given: 100, reading: { value: 100 } },
    { given: '100', reading: { value: 100 } },
    { given: undefined, reading: missing },
    { given: -1, reading: { notDone: 'a priority is an integer from 0 to 4294967295 or its digits as text' } },
    { given: '1.5', reading: { notDone: 'a priority is an integer from 0 to 4294967295 or its digits as text' } },
    { given: 4294967296, reading: { notDone: 'a priority is an integer from 0 to 4294967295 or its digits as text' } },
    { given: true, reading: { notDone: 'a priority is an integer from 0 to 4294967295 or its digits as text' } },
  ],
};

const queueForm = 'a queue is exactly one of {"id": text} and {"address": text}';

export const queue: SetOperation = {
  summary: 'Moves the conversation to another queue; a queue equal to the current one is not published.',
  schema: oneOfProperties('id', 'address'),
  phases: ['arriving', 'moving'],
  read(value, contact) {
    const named = nameOf(value, ['id', 'address'], queueForm);
    if ('notDone' in named) return named;
    const { key, text } = named;
    const current = contact.queue?.[key];
    const same = key === 'id' ? typeof current === 'string' && sameQueue(current, text) : current === text;
    return same ? { notDone: 'the conversation is in this queue already' } : { value: { [key]: text } };
  },
  examples: [
    { given: { id: 'vip' }, reading: { value: { id: 'vip' } } },
    { given: { address: 'vip@acme.com' }, reading: { value: { address: 'vip@acme.com' } } },
    {
      given: { id: 'vip' },
      contact: { queue: { id: 'vip' } },
      reading: { notDone: 'the conversation is in this queue already' },
    },
    { given: { id: undefined }, reading: missing },
    { given: { id: 'a', address: 'b' }, reading: { notDone: queueForm } },
  ],
};

const agentForm = 'an agent is a text, or exactly one of {"id"}, {"number"} and {"chat_address"}';

export const preferredAgent: SetOperation = {
  summary: 'Names the agent who should get the conversation; for a text routing tries id, number and chat address.',
  schema: { anyOf: [{ type: ['string', 'number'] }, oneOfProperties('id', 'number', 'chat_address')] },
  phases: ['arriving', 'queued', 'moving'],
  read(value) {
    if (value === undefined) return missing;
    if (typeof value === 'string') return { value };
    if (typeof value === 'number') return { value: String(value) };
    const named = nameOf(value, ['id', 'number', 'chat_address'], agentForm);
    return 'notDone' in named ? named : { value: { [named.key]: named.text } };
  },
  examples: [
    { given: 'alice', reading: { value: 'alice' } },
    { given: 4711, reading: { value: '4711' } },
    { given: { number: 4711 }, reading: { value: { number: '4711' } } },
    { given: { chat_address: 'alice@acme.com' }, reading: { value: { chat_address: 'alice@acme.com' } } },
    { given: [], reading: { notDone: agentForm } },
  ],
};

const timeoutForm = 'a timeout is a number of seconds: an unsigned integer';

export const requiredAgents: SetOperation = {
  summary: 'Lists the only agents who may get the conversation, with an optional time limit in seconds.',
  schema: {
    type: 'object',
    properties: {
      agents: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: ['string', 'number'] } }] },
      timeout: { type: ['string', 'number'] },
    },
    required: ['agents'],
    additionalProperties: false,
  },
  phases: ['arriving', 'queued', 'moving'],
  read(value): SetReading {
    if (!isJsonObject(value)) return missing;
    const { agents, timeout } = value as { agents?: Partly; timeout?: Partly };
    const listed = Array.isArray(agents) ? agents : [agents];
    const names = listed.filter((name) => typeof name === 'string' || typeof name === 'number').map(String);
    const present = names.filter((name) => name !== '');
    if (present.length === 0) return { notDone: 'no agent is left in the list' };
    if (timeout === undefined) return { value: { agents: present } };
    const seconds = typeof timeout === 'string' && /^\d+$/.test(timeout) ? Number(timeout) : timeout;
    if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > 4294967295) {
      return { notDone: timeoutForm };
    }
    return { value: { agents: present, timeout: seconds } };
  },
  examples: [
    { given: { agents: ['a', 'b'], timeout: 30 }, reading: { value: { agents: ['a', 'b'], timeout: 30 } } },
    { given: { agents: 'a', timeout: '30' }, reading: { value: { agents: ['a'], timeout: 30 } } },
    { given: { agents: ['a', undefined, ''] }, reading: { value: { agents: ['a'] } } },
    { given: { agents: [undefined] }, reading: { notDone: 'no agent is left in the list' } },
    { given: { agents: 'a', timeout: 1.5 }, reading: { notDone: timeoutForm } },
  ],
};

function oneOfProperties(...names: string[]) {
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: ['string', 'number'] }])),
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  };
}

/** The single property of the value and its text. */
function nameOf(value: Partly, keys: string[], form: string): { key: string; text: string } | { notDone: string } {
  if (value === undefined) return { notDone: 'the value is missing, null or empty' };
  if (!isJsonObject(value)) return { notDone: form };
  const [key, ...more] = Object.keys(value);
  if (key === undefined || more.length > 0 || !keys.includes(key)) return { notDone: form };
  const text = (value as { [key: string]: Partly })[key];
  if (text === undefined) return { notDone: 'the value is missing, null or empty' };
  return typeof text === 'string' || typeof text === 'number' ? { key, text: String(text) } : { notDone: form };
}
