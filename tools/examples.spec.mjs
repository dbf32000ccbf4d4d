import { expect, test } from '@jest/globals';
import { loadExamples, pointAt } from './examples.mjs';

const local = 'https://localhost:8443';
const example = { name: 'Customer data', endpointUrl: 'https://crm.example.com/customers?phone=1' };

function aConfigService(...items) {
  const calls = [];
  return {
    calls,
    get: async () => ({ items }),
    post: async (path, body) => void calls.push(['post', path, body.endpointUrl]),
    patch: async (path, body, headers) => void calls.push(['patch', path, body.endpointUrl, headers['if-match']]),
  };
}

test.each([
  ['https://crm.example.com/a?b', `${local}/a?b`],
  ['https://crm.example.com', local],
  ['https://crm.example.com.evil.test/a', 'https://crm.example.com.evil.test/a'],
  ['https://crm.customer.test/a', 'https://crm.customer.test/a'],
])('%s leads to %s', (endpointUrl, expected) => {
  expect(pointAt(local, { endpointUrl }).endpointUrl).toBe(expected);
});

test('an example that is missing is created, pointing at the sandbox', async () => {
  const configService = aConfigService();
  await loadExamples({ examples: [example], configService, origin: local });
  expect(configService.calls).toEqual([['post', '/v1/integrations', `${local}/customers?phone=1`]]);
});

test('an example at the former address of the sandbox is pointed at the new one', async () => {
  const configService = aConfigService({ ...example, id: 'i', version: 3, endpointUrl: 'https://localhost:1/x' });
  await loadExamples({ examples: [example], configService, origin: local, formerOrigin: 'https://localhost:1' });
  expect(configService.calls).toEqual([['patch', '/v1/integrations/i', `${local}/x`, '"3"']]);
});

test('an example that was changed by hand is left alone', async () => {
  const configService = aConfigService({ ...example, id: 'i', version: 3, endpointUrl: 'https://localhost:12/x' });
  await loadExamples({ examples: [example], configService, origin: local, formerOrigin: 'https://localhost:1' });
  expect(configService.calls).toEqual([]);
});
