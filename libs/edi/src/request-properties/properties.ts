import { methods } from '../integration';
import type { RequestProperty } from './entry';

// One export is one property of `configuration.request`; its name is the property's name.

export const method: RequestProperty = {
  summary: 'The HTTP method.',
  default: 'required',
  required: true,
  schema: { enum: methods },
  examples: [{ value: 'GET' }, { value: 'DELETE' }, { value: 'HEAD', fault: 'enum' }, { value: 'get', fault: 'enum' }],
};

export const authentication: RequestProperty = {
  summary: 'The authentication kind; its secret comes from the authentication block.',
  default: 'none',
  schema: { type: 'object', required: ['type'], properties: { type: { type: 'string' } } },
  examples: [
    { value: { type: 'basic' } },
    { value: { type: 'bsic' }, fault: 'authentication' },
    { value: { type: 'basic', id: 'digest:x' }, fault: 'pattern' },
    { value: 'basic', fault: 'type' },
  ],
};

export const headers: RequestProperty = {
  summary: 'Request headers, name to text; the only place for {authentications...}.',
  default: 'none',
  schema: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
  examples: [
    { value: { 'x-contact': '{contact.id}', 'x-try': 1 } },
    { value: { Host: 'example.com' }, fault: 'reserved-header' },
    { value: { 'x a': '' }, fault: 'bad-header-name' },
    { value: { a: null }, fault: 'type' },
  ],
};

export const params: RequestProperty = {
  summary: 'Query parameters, appended to the URL; an array repeats its key, a literal null is left out.',
  default: 'none',
  schema: { type: 'object' },
  examples: [
    { value: { phone: '{contact.source}', limit: 1, tags: ['a', 'b'], off: null } },
    { value: { phone: '{response.body.id}' }, fault: 'root-not-allowed' },
    { value: ['a'], fault: 'type' },
  ],
};

export const body: RequestProperty = {
  summary: 'The body: an object or array of any depth, sent with POST, PUT and PATCH as JSON or as a form.',
  default: 'none',
  schema: { type: ['object', 'array'] },
  examples: [
    { value: { event: '{event}', contact: '{contact}' } },
    { value: ['{contact.id}'] },
    { value: 'text', fault: 'type' },
    { value: { key: '{authentications.api-key}' }, fault: 'root-not-allowed' },
  ],
};

export const condition: RequestProperty = {
  summary: 'When it is false, the integration is skipped and takes no place in the chain; CEL (cel.dev).',
  default: 'none: always',
  schema: { type: 'string' },
  examples: [
    { value: "contact.source != ''" },
    { value: "contact.attached_data.tier == 'gold'" },
    { value: "contact.get_language() == 'EN'", warning: 'condition-translated' },
    { value: 'contact.', fault: 'condition-syntax' },
  ],
};

/** A number, or its digits as text, as the original takes it. */
const secondsSchema = { type: ['number', 'string'] };

export const timeout: RequestProperty = {
  summary: 'Seconds until the call is given up; fractions allowed, more than 30 runs as 30.',
  default: '10',
  schema: secondsSchema,
  examples: [
    { value: 2.5 },
    { value: '20' },
    { value: 31, warning: 'timeout-capped' },
    { value: 0, fault: 'timeout' },
    { value: 'soon', fault: 'timeout' },
  ],
};

export const verify: RequestProperty = {
  summary: "Whether the service's TLS certificate is checked; false only where the operator allows it.",
  default: 'true',
  schema: { type: 'boolean' },
  examples: [{ value: true }, { value: false, fault: 'verify-not-allowed' }, { value: 'no', fault: 'type' }],
};

export const proxy: RequestProperty = {
  summary: 'auto = as the deployment is set up; no = none; or an address from the operator’s list.',
  default: 'auto',
  schema: { type: 'string' },
  examples: [
    { value: 'auto' },
    { value: 'no' },
    { value: 'http://proxy.example.com:3128', fault: 'proxy-not-allowed' },
    { value: true, fault: 'type' },
  ],
};

export const block: RequestProperty = {
  summary: 'Waits for the answer before the chain goes on, even without set or save.',
  default: 'false',
  schema: { type: 'boolean' },
  examples: [{ value: true }, { value: 'yes', fault: 'type' }],
};

export const delay: RequestProperty = {
  summary: 'Seconds to wait before the call, 0 to 86,400; the chain does not wait for it.',
  default: 'none',
  schema: secondsSchema,
  examples: [{ value: 30 }, { value: '0.5' }, { value: 86_401, fault: 'delay' }, { value: -1, fault: 'delay' }],
};

export const delayMax: RequestProperty = {
  summary: 'With it the wait is drawn uniformly between delay and delayMax.',
  default: 'none',
  schema: secondsSchema,
  examples: [{ value: 60 }, { value: 'later', fault: 'delay' }],
};
