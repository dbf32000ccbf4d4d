import type { EventName } from '@patchbay/edi';
import type { Publisher } from '@patchbay/messaging';
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { intakeMessage } from './conversation-event';
import type { Conversation } from './conversation';
import { publishInOrder } from './publish-in-order';
import { writeConversation } from './write-conversation';

/** What to play. */
export interface PlayOrder {
  /** At most so many; absent = until stopped. */
  conversations?: number;
  /** New conversations a second; 0.5 unless given. */
  ratePerSecond?: number;
  /** How many times faster than they would happen; 1 unless given. */
  pace?: number;
}

/** What was played so far. `running` conversations have begun and not ended. */
export interface PlayProgress {
  playing: boolean;
  begun: number;
  running: number;
  ended: number;
  events: Partial<Record<EventName, number>>;
  /** Messages that had to be published again. */
  again: number;
}

/** Plays conversations: each begins at its time and publishes its events one after the other. */
export class Player {
  private order: PlayOrder | undefined;
  private turn: AbortController | undefined;
  private readonly closing = new AbortController();
  private progress = { begun: 0, ended: 0, events: {} as Partial<Record<EventName, number>>, again: 0 };

  constructor(private readonly publisher: Publisher) {
    // One per running conversation, and those are many.
    setMaxListeners(0, this.closing.signal);
  }

  /** Begins to play, counting from zero, or goes on with the new order when it plays already. */
  play(order: PlayOrder): void {
    if (!this.order) this.progress = { begun: 0, ended: 0, events: {}, again: 0 };
    this.turn?.abort();
    this.turn = new AbortController();
    this.order = order;
    this.beginConversations(order, this.turn.signal).catch(() => undefined);
  }

  /** Begins no further conversation; those running go on to their end. */
  stop(): void {
    this.turn?.abort();
    this.order = undefined;
  }

  /** Stops in the middle of every conversation. */
  close(): void {
    this.stop();
    this.closing.abort();
  }

  tell(): PlayProgress {
    const { begun, ended, again } = this.progress;
    return { playing: !!this.order, begun, running: begun - ended, ended, events: { ...this.progress.events }, again };
  }

  private async beginConversations(
    { conversations = Infinity, ratePerSecond = 0.5, pace = 1 }: PlayOrder,
    signal: AbortSignal,
  ): Promise<void> {
    const start = Date.now();
    for (let number = 0; number < conversations; number++) {
      const wait = start + (number / ratePerSecond) * 1000 - Date.now();
      // Even when late: a turn of the loop for everybody else.
      await delay(Math.max(0, wait), undefined, { signal });
      this.converse(writeConversation(Math.random, randomUUID()), pace).catch(() => undefined);
    }
    this.order = undefined;
  }

  private async converse(conversation: Conversation, pace: number): Promise<void> {
    this.progress.begun += 1;
    const created = new Date().toISOString();
    const { signal } = this.closing;
    for (const { afterMs, event } of conversation) {
      await delay(afterMs / pace, undefined, { signal });
      const now = new Date().toISOString();
      // The contract of `closed`: created then holds the end of the wrap-up.
      const message = intakeMessage(event, now, event.name === 'closed' ? now : created);
      this.progress.again += await publishInOrder(this.publisher, [message], signal);
      this.progress.events[event.name] = (this.progress.events[event.name] ?? 0) + 1;
    }
    this.progress.ended += 1;
  }
}
