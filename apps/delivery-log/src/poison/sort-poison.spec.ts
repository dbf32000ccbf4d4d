import { messageTypes, queueNames } from '@patchbay/contracts';
import type { Delivery } from '@patchbay/messaging';
import { sortPoison } from './sort-poison';

const now = new Date('2026-03-01T12:00:00Z');

function aDelivery(change: Partial<Delivery>): Delivery {
  return {
    body: Buffer.from('{"a":1}'),
    queue: queueNames.poison,
    exchange: 'patchbay.poison',
    routingKey: '3.phone.inbound.queued',
    redelivered: false,
    deliveryCount: 0,
    messageId: 'm',
    type: messageTypes.event,
    lost: new AbortController().signal,
    ...change,
  };
}

describe('R1.16: a message in poison is no proof of guilt', () => {
  it.each([
    ['an event', '3.phone.inbound.queued', messageTypes.event],
    ['a job', '3.job', messageTypes.job],
  ])('%s of a lane is tried alone, as what it was', (_, routingKey, type) => {
    const delivery = aDelivery({ routingKey, type });
    expect(sortPoison(delivery, now)).toEqual({
      exchange: '',
      routingKey: queueNames.suspects,
      body: delivery.body,
      messageId: 'm',
      type,
    });
  });

  it.each([
    ['of another queue', { routingKey: 'patchbay.outcomes', type: messageTypes.outcomes }],
    ['of the intake', { routingKey: 'conversation.queued', type: undefined }],
    ['that was tried alone already', { routingKey: queueNames.suspects }],
  ])('a message %s is kept as rejected, with its body', (_, change) => {
    const { routingKey, body } = sortPoison(aDelivery(change), now);
    expect(routingKey).toBe(queueNames.rejected);
    const kept = JSON.parse(String(body)) as { bodyBase64: string; reason: string };
    expect(Buffer.from(kept.bodyBase64, 'base64').toString()).toBe('{"a":1}');
    expect(kept.reason).toContain('gave it up');
  });
});
