import { eventRoutingKey, exchangeNames, type LaneEvent, laneOf, messageTypes } from '@patchbay/contracts';
import { conversationOf } from '@patchbay/edi';
import {
  type MessagingLogger,
  type OutgoingMessage,
  PublishFailed,
  type Publisher,
  publishUntilConfirmed,
} from '@patchbay/messaging';
import { setTimeout as elapse } from 'node:timers/promises';
import { v5 as uuidv5 } from 'uuid';

export interface ForwarderOptions {
  publisher: Publisher;
  lanes: number;
  logger: MessagingLogger;
  /** How long a request waits for earlier events of its conversation. */
  turnMs?: number;
}

const propertyMaxBytes = 255;
const longIdNamespace = 'b5e3b4a3-0f0e-5b0e-8d57-0d6a8c6c0a51';

/** Settles, never rejects; tells when an event ended in a way that makes everything after it come again. */
type Turn = Promise<{ reason: unknown } | undefined>;

/** An event could not be published though its channel is there: the events behind it would overtake it. */
class Overtaking extends Error {
  constructor(override readonly cause: unknown) {
    super(`an event could not be published: ${cause instanceof Error ? cause.message : String(cause)}`);
    this.name = 'Overtaking';
  }
}

/**
 * Publishes events to their lanes, pipelined on the channel of one publisher. Within a conversation an event is
 * written only after its predecessor is confirmed, so a refusal, a lost connection or a lost confirm in between
 * never lets one overtake another; what is repeated carries the same id.
 */
export class Forwarder {
  /** By conversation: when the last event so far has left. */
  private readonly turns = new Map<string, Turn>();

  constructor(private readonly options: ForwarderOptions) {}

  /** Repeats until the lane has the event. Rejects when `lost` is aborted: then it comes again by itself. */
  forward(event: LaneEvent, lost: AbortSignal): Promise<void> {
    const { publisher, logger } = this.options;
    return this.inTurn(event, async (message, turn) => {
      const broken = await turn;
      lost.throwIfAborted();
      if (broken) throw broken.reason;
      try {
        await publishUntilConfirmed(publisher, message, { signal: lost, logger });
      } catch (error) {
        // Its channel is going to be closed for this; what follows on it comes again after it, and must not pass it now.
        throw lost.aborted ? error : new Overtaking(error);
      }
    });
  }

  /** One try. Rejects with PublishFailed when the lane may not have the event. */
  forwardOnce(event: LaneEvent): Promise<void> {
    return this.inTurn(event, async (message, turn) => {
      await this.within(turn, message.messageId);
      await this.options.publisher.publish(message);
    });
  }

  private inTurn(
    event: LaneEvent,
    send: (message: OutgoingMessage, turn: Turn | undefined) => Promise<void>,
  ): Promise<void> {
    const conversation = conversationOf(event);
    const turn = this.turns.get(conversation);
    const sent = send(messageOf(event, this.options.lanes), turn);
    const next: Turn = Promise.allSettled([sent, turn]).then(([own]) => {
      if (this.turns.get(conversation) === next) this.turns.delete(conversation);
      return own.status === 'rejected' && own.reason instanceof Overtaking
        ? { reason: own.reason as unknown }
        : undefined;
    });
    this.turns.set(conversation, next);
    return sent;
  }

  private async within(turn: Turn | undefined, messageId: string): Promise<void> {
    if (!turn) return;
    const done = new AbortController();
    const late = elapse(this.options.turnMs ?? 10_000, 'late', { signal: done.signal }).catch(() => 'done');
    const first = await Promise.race([turn, late]);
    done.abort();
    if (first === 'late') {
      throw new PublishFailed('timeout', messageId, 'an earlier event of its conversation still waits for the broker');
    }
  }
}

function messageOf(event: LaneEvent, lanes: number): OutgoingMessage {
  const { channel_type: channel, direction, id: contactId } = event.contact;
  const lane = laneOf(conversationOf(event), lanes);
  return {
    exchange: exchangeNames.events,
    routingKey: eventRoutingKey(lane, channel, direction, event.event.name),
    body: JSON.stringify(event),
    messageId: asProperty(event.id),
    correlationId: asProperty(contactId),
    type: messageTypes.event,
  };
}

/** AMQP properties hold 255 bytes; a longer id is whole in the body, and goes by a name that is always the same here. */
function asProperty(id: string): string {
  return Buffer.byteLength(id) <= propertyMaxBytes ? id : uuidv5(id, longIdNamespace);
}
