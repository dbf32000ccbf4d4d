import type { EventName } from '@patchbay/edi';
import type { OutgoingMessage, Publisher } from '@patchbay/messaging';
import { setTimeout as delay } from 'node:timers/promises';
import { intakeMessage } from './conversation-event';
import { publishInOrder } from './publish-in-order';
import type { RecordedEvent } from './real-day';

/** How far a replay is; times are milliseconds. */
export interface ReplayProgress {
  status: 'idle' | 'running' | 'done' | 'stopped';
  file?: string;
  /** Times real time; 0 = as fast as it goes. */
  speed?: number;
  calls: number;
  total: number;
  sent: number;
  /** Messages that had to be published again; the broker may hold those twice. */
  again: number;
  /** Confirmed events by name. */
  counts: Partial<Record<EventName, number>>;
  elapsedMs: number;
  eventsPerSecond: number;
}

const batch = 256;
const idle = { calls: 0, total: 0, sent: 0, again: 0, counts: {}, elapsedMs: 0, eventsPerSecond: 0 };

/** Plays a recorded day, one at a time. */
export class Replayer {
  private progress: ReplayProgress = { status: 'idle', ...idle };
  private startedAt = 0;
  private readonly closing = new AbortController();

  constructor(private readonly publisher: Publisher) {}

  tell(): ReplayProgress {
    return { ...this.progress, counts: { ...this.progress.counts } };
  }

  /** Starts a replay and answers whether it did: false while another one runs. */
  start(events: RecordedEvent[], { file, speed }: { file: string; speed: number }): boolean {
    if (this.progress.status === 'running') return false;
    const calls = new Set(events.map(({ contact }) => contact.guid)).size;
    this.progress = { ...idle, status: 'running', file, speed, calls, total: events.length, counts: {} };
    this.startedAt = Date.now();
    this.run(events, speed).then(
      () => this.finish('done'),
      () => this.finish('stopped'),
    );
    return true;
  }

  close(): void {
    this.closing.abort();
  }

  private async run(events: RecordedEvent[], speed: number): Promise<void> {
    const clock = new ConversationClock();
    const { signal } = this.closing;
    for (let from = 0; from < events.length;) {
      const due = await this.takeDue(events, from, speed);
      const messages = due.map((event) => clock.stamp(event, Date.now()));
      this.progress.again += await publishInOrder(this.publisher, messages, signal);
      due.forEach((event) => this.count(event));
      from += due.length;
    }
  }

  /** The next events to send together, waiting until the first of them is due. */
  private async takeDue(events: RecordedEvent[], from: number, speed: number): Promise<RecordedEvent[]> {
    if (speed === 0) return events.slice(from, from + batch);
    const midnight = this.startedAt - (events[0]!.at / speed) * 1000;
    const dueAt = ({ at }: RecordedEvent) => midnight + (at / speed) * 1000;
    await delay(Math.max(0, dueAt(events[from]!) - Date.now()), undefined, { signal: this.closing.signal });
    const now = Date.now();
    const end = events.findIndex((event, index) => index > from && dueAt(event) > now);
    return events.slice(from, Math.min(end < 0 ? events.length : end, from + batch));
  }

  private count({ name }: RecordedEvent): void {
    this.progress.sent += 1;
    this.progress.counts[name] = (this.progress.counts[name] ?? 0) + 1;
    this.measure();
  }

  private finish(status: 'done' | 'stopped'): void {
    this.measure();
    this.progress.status = status;
  }

  private measure(): void {
    this.progress.elapsedMs = Date.now() - this.startedAt;
    this.progress.eventsPerSecond = Math.round((1000 * this.progress.sent) / Math.max(1, this.progress.elapsedMs));
  }
}

/** Stamps the time of sending, later for every event of a conversation than for the one before it. */
class ConversationClock {
  private readonly last = new Map<string, number>();
  private readonly created = new Map<string, string>();

  stamp(event: RecordedEvent, now: number): OutgoingMessage {
    const { guid } = event.contact;
    const time = Math.max(now, (this.last.get(guid) ?? 0) + 1);
    this.last.set(guid, time);
    const sentAt = new Date(time).toISOString();
    const created = this.created.get(guid) ?? sentAt;
    this.created.set(guid, created);
    return intakeMessage(event, sentAt, created);
  }
}
