import { queueNames, type ResultMessage } from '@patchbay/contracts';
import type { Messaging } from '@patchbay/messaging';

/** What reached the two result queues, in order of arrival. */
export interface ResultInbox {
  routing: ResultMessage[];
  agentDisplay: ResultMessage[];
}

/** Consumes both result queues, as routing and the agent desktop would. */
export function openResultInbox(messaging: Messaging): ResultInbox {
  const inbox: ResultInbox = { routing: [], agentDisplay: [] };
  const collect = (queue: string, into: ResultMessage[]) =>
    messaging.consume({
      queue,
      prefetch: 256,
      handler: async ({ body }) => {
        into.push(JSON.parse(body.toString('utf8')) as ResultMessage);
        return 'ack';
      },
    });
  collect(queueNames.routing, inbox.routing);
  collect(queueNames.agentDisplay, inbox.agentDisplay);
  return inbox;
}
