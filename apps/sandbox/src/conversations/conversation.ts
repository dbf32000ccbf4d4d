import type { EventName, Json } from '@patchbay/edi';
import { v5 as uuidv5 } from 'uuid';
import type { PlayedContact, PlayedEvent } from './conversation-event';

/** An event and how long after the one before it happens, in milliseconds. */
export interface Step {
  afterMs: number;
  event: PlayedEvent;
}

/** The events of one conversation in the order of its life. */
export type Conversation = Step[];

/** A random number, 0 <= x < 1. */
export type Random = () => number;

const namespace = 'c1f0a2de-52b1-4d8e-8a4e-6f3a0b9d7e15';

/** Writes down a conversation step by step; a change of the contact holds for the steps after it too. */
export class ConversationWriter {
  readonly steps: Conversation = [];

  constructor(
    private contact: PlayedContact,
    private readonly random: Random,
  ) {}

  /** Adds an event that happens between `from` and `to` seconds later. */
  step(name: EventName, [from, to]: readonly [number, number], changes: Record<string, Json> = {}): this {
    this.contact = { ...this.contact, ...changes };
    const afterMs = Math.round(1000 * (from + (to - from) * this.random()));
    const id = uuidv5(`${this.contact.guid} ${this.steps.length}`, namespace);
    this.steps.push({ afterMs, event: { id, name, contact: this.contact } });
    return this;
  }
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}
