import type { EventRecord } from '@patchbay/contracts';
import type { Payloads } from '../payloads';
import { liveEntry, withResults } from './live-entry';

/** Where the feed is written to, e.g. a response. */
export interface Reader {
  write(text: string): void;
  /** Characters written and not yet taken. */
  readonly waiting: number;
  end(): void;
}

/** A reader that is this far behind is dropped: buffering for it would have no bound. */
const maxWaiting = 1024 * 1024;
const heartbeatMs = 15_000;

/** Tells readers what this process has just committed. */
export class LiveFeed {
  private readonly readers = new Map<Reader, { seesResults: boolean }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly payloads: Payloads) {}

  /** Adds a reader; the function takes it away again. */
  add(reader: Reader, rights: { seesResults: boolean }): () => void {
    this.readers.set(reader, rights);
    this.timer ??= setInterval(() => this.broadcast(() => ': heartbeat\n\n'), heartbeatMs).unref();
    reader.write(': connected\n\n');
    return () => this.remove(reader);
  }

  /** Tells about the deliveries of these records that really changed. */
  tell(records: EventRecord[], changed: Set<string>): void {
    if (this.readers.size === 0) return;
    for (const record of records) this.tellRecord(record, changed);
  }

  /** Ends all readers. */
  close(): void {
    for (const reader of [...this.readers.keys()]) this.drop(reader);
  }

  private tellRecord(record: EventRecord, changed: Set<string>): void {
    const entries = record.deliveries
      .filter(({ id }) => changed.has(id))
      .map((delivery) => liveEntry(record, delivery));
    if (entries.length === 0) return;
    const detail = this.someoneSeesResults() ? this.detailOf(record) : undefined;
    for (const entry of entries) {
      const plain = dataLine(entry);
      const full = detail ? dataLine(withResults(entry, detail)) : plain;
      this.broadcast(({ seesResults }) => (seesResults ? full : plain));
    }
  }

  private broadcast(textFor: (rights: { seesResults: boolean }) => string): void {
    for (const [reader, rights] of [...this.readers]) {
      reader.write(textFor(rights));
      if (reader.waiting > maxWaiting) this.drop(reader);
    }
  }

  private drop(reader: Reader): void {
    this.remove(reader);
    reader.end();
  }

  private remove(reader: Reader): void {
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private someoneSeesResults(): boolean {
    return [...this.readers.values()].some(({ seesResults }) => seesResults);
  }

  private detailOf(record: EventRecord) {
    const opened = this.payloads.detailOf(record);
    return 'value' in opened ? opened.value : undefined;
  }
}

function dataLine(entry: object): string {
  return `data: ${JSON.stringify(entry)}\n\n`;
}
