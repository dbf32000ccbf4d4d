import { PublishFailed, type OutgoingMessage, type Publisher } from '@patchbay/messaging';
import { publishInOrder } from './publish-in-order';

const messages: OutgoingMessage[] = ['a', 'b', 'c', 'd'].map((messageId) => ({
  exchange: 'x',
  routingKey: 'k',
  body: '{}',
  messageId,
  type: 't',
}));

/** A broker that refuses the messages named, once each, and writes down what it stored. */
function setup(...refuseOnce: string[]) {
  const stored: string[] = [];
  const publisher: Publisher = {
    async publish({ messageId }) {
      const refused = refuseOnce.indexOf(messageId);
      if (refused >= 0) throw new PublishFailed('nack', refuseOnce.splice(refused, 1)[0]!, 'as told');
      stored.push(messageId);
    },
  };
  return { publisher, stored };
}

const signal = new AbortController().signal;

it('publishes all in order', async () => {
  const { publisher, stored } = setup();
  expect(await publishInOrder(publisher, messages, signal)).toBe(0);
  expect(stored.join('')).toBe('abcd');
});

it('goes on from the first that failed, so that nothing after it stays ahead of it', async () => {
  const { publisher, stored } = setup('b', 'd');
  expect(await publishInOrder(publisher, messages, signal)).toBe(3);
  expect(stored.join('')).toBe('acbcd');
});

it('ends when aborted', async () => {
  const { publisher } = setup();
  await expect(publishInOrder(publisher, messages, AbortSignal.abort())).rejects.toThrow('aborted');
});
