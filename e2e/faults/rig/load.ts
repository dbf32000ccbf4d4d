import { randomUUID } from 'node:crypto';
import { exchangeNames, messageTypes } from '@patchbay/contracts';
import { PublishFailed, type Messaging } from '@patchbay/messaging';
import { once } from 'node:events';
import type { SentEvent } from '../../src/an-event';

/** An event that was published, and what the broker said of it. */
export interface Sent {
  id: string;
  conversation: string;
  /** Counts the events of its conversation, from 0. */
  turn: number;
  at: number;
  /** Confirmed; not taken; or nobody knows. */
  outcome: 'accepted' | 'refused' | 'unknown';
}

export interface LoadOptions {
  /** So many go on at a time; each ends with its lifecycle, and another begins. */
  conversations?: number;
  /** Events a second; 0 publishes as fast as confirms come. */
  perSecond?: number;
}

const lifecycle = ['received', 'queued', 'allocated', 'accepted', 'ended'];

/** Plays conversations as the core system does, and remembers what was accepted. */
export class Load {
  readonly sent: Sent[] = [];
  private readonly turns = new Map<string, number>();
  private readonly publisher;
  private readonly run = randomUUID().slice(0, 8);
  private conversation = 0;

  constructor(messaging: Messaging) {
    this.publisher = messaging.publisher('core');
  }

  accepted(): Sent[] {
    return this.sent.filter(({ outcome }) => outcome === 'accepted');
  }

  /** The next event of a conversation, `name` or the next of its lifecycle. */
  event(conversation: string, extra: Record<string, unknown> = {}): SentEvent & { turn: number } {
    const turn = this.turns.get(conversation) ?? 0;
    this.turns.set(conversation, turn + 1);
    const id = randomUUID();
    return {
      id,
      turn,
      event: { name: lifecycle[turn % lifecycle.length]!, datetime: new Date().toISOString() },
      contact: {
        id: conversation,
        channel_type: 'phone',
        direction: 'inbound',
        source: '+358401234567',
        queue: { id: 'faults', address: 'faults' },
        attached_data: { event: id, turn, ...extra },
      },
    };
  }

  /** Publishes one event and waits for what becomes of it; never rejects for what the broker does. */
  async publish({ turn, ...event }: SentEvent & { turn: number }): Promise<Sent> {
    const sent: Sent = { id: event.id, conversation: event.contact.id, turn, at: Date.now(), outcome: 'unknown' };
    this.sent.push(sent);
    sent.outcome = await this.offer(event.id, JSON.stringify(event), event.event.name);
    return sent;
  }

  /** Offers an event by HTTP; only 202 is an acceptance. Resolves with the answer. */
  async offerBy<T extends { status: number }>(post: (event: SentEvent) => Promise<T>): Promise<T> {
    const { turn, ...event } = this.event(`http-${randomUUID()}`);
    const sent: Sent = { id: event.id, conversation: event.contact.id, turn, at: Date.now(), outcome: 'unknown' };
    this.sent.push(sent);
    const answer = await post(event);
    if (answer.status === 202) sent.outcome = 'accepted';
    return answer;
  }

  /** Publishes so many events of as many conversations in turn, and waits for their confirms. */
  async burst(count: number, conversations = 20, extra: Record<string, unknown> = {}): Promise<Sent[]> {
    const first = this.conversation;
    this.conversation += conversations;
    const names = Array.from({ length: conversations }, (_, index) => `${this.run}-${first + index}`);
    return Promise.all(
      Array.from({ length: count }, (_, index) => this.publish(this.event(names[index % conversations]!, extra))),
    );
  }

  /** Publishes steadily until `stop`, which resolves when every confirm has come. */
  steady({ conversations = 40, perSecond = 100 }: LoadOptions = {}): { stop(): Promise<void> } {
    const first = this.conversation;
    this.conversation += conversations;
    const ending = new AbortController();
    const settling: Promise<unknown>[] = [];
    const since = Date.now();
    let count = 0;
    const timer = setInterval(() => {
      for (const due = ((Date.now() - since) * perSecond) / 1_000; count < due; count++) {
        const generation = Math.floor(count / (conversations * lifecycle.length));
        const conversation = `${this.run}-${first + (count % conversations)}.${generation}`;
        settling.push(this.publish(this.event(conversation)));
      }
    }, 20);
    ending.signal.addEventListener('abort', () => clearInterval(timer));
    return {
      async stop() {
        ending.abort();
        await Promise.all(settling);
      },
    };
  }

  private async offer(messageId: string, body: string, name: string): Promise<Sent['outcome']> {
    const [exchange, routingKey] = [exchangeNames.intake, `conversation.${name}`];
    try {
      await this.publisher.publish({ exchange, routingKey, body, messageId, type: messageTypes.event });
      return 'accepted';
    } catch (error) {
      if (!(error instanceof PublishFailed)) throw error;
      return error.reason === 'nack' || error.reason === 'returned' ? 'refused' : 'unknown';
    }
  }
}

/** Lets real time pass where a fault has to last, such as a broker that stays down; nothing is asserted by it. */
export async function lasting(milliseconds: number): Promise<void> {
  await once(AbortSignal.timeout(milliseconds), 'abort');
}
