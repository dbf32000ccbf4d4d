import type { Contact } from '../event';
import { notApplicable, setOperations, type SetOperationName } from './index';

describe.each(Object.entries(setOperations))('set operation %s', (_, { read, examples }) => {
  it.each(examples)('reads $given as $reading', ({ given, contact, reading }) => {
    expect(read(given, { queue: null, ...contact } as Contact)).toEqual(reading);
  });
});

describe('applicability', () => {
  const inbound = { direction: 'inbound' } as Contact;
  it.each<[SetOperationName, 'received' | 'queued' | 'transferred' | 'accepted' | 'ended', boolean]>([
    ['priority', 'received', true],
    ['priority', 'queued', true],
    ['queue', 'queued', false],
    ['queue', 'transferred', true],
    ['requiredAgents', 'accepted', false],
    ['preferredAgent', 'ended', false],
  ])('%s at %s: %s', (name, event, applies) => {
    expect(notApplicable(name, event, inbound) === undefined).toBe(applies);
  });
  it('is for inbound contacts only', () => {
    expect(notApplicable('priority', 'received', { direction: 'outbound' } as Contact)).toMatch(/inbound/);
  });
});
