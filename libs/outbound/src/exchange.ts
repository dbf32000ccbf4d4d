import type { Dispatcher } from 'undici';
import type { CallResult, CallTiming } from './call-result';
import type { Connection } from './connection';
import { causeOf, classifyFailure, type FailureCause, type FailureClass } from './failure-class';
import { GrowingBytes } from './growing-bytes';
import { maxAnswerBytes, readBody, type BodyResult } from './read-body';

type Headers = Record<string, string | string[] | undefined>;

const bodyFaults: Record<Extract<BodyResult, { fault: string }>['fault'], [FailureClass, string]> = {
  'too-large': ['too-large', 'the answer is larger than 1 MiB after decompression'],
  broken: ['protocol', 'the body of the answer does not decompress'],
  'unknown-encoding': ['protocol', 'the answer must have at most one content encoding: gzip, deflate or br'],
};

/**
 * One request and its answer on the wire, as undici reports it. Settles once, whatever undici reports after: it may tell
 * of an error twice, or before it returns from `dispatch`. Then the connection is handed back.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  private connection: Connection | undefined;
  private settled = false;
  private status = 0;
  private headers: Headers = {};
  private readonly body = new GrowingBytes();
  private timing: CallTiming = {};

  constructor(
    private readonly now: () => number,
    private readonly startedAt: number,
    private readonly settle: (result: CallResult) => void,
  ) {}

  get ended(): boolean {
    return this.settled;
  }

  /** From now on it answers for this connection. */
  carriedBy(connection: Connection): void {
    this.connection = connection;
  }

  /** Ends it from outside, e.g. at the deadline; the connection is closed, since it is in an unknown state. */
  cancel(failureClass: FailureClass, message: string): void {
    const excuse = failureClass === 'timeout' ? this.connection?.excuse() : undefined;
    this.fail(excuse ?? causeOf(failureClass, message));
  }

  onRequestStart(): void {
    this.timing.sentMs = this.elapsed();
  }

  onResponseStart(_: unknown, status: number, headers: Headers): void {
    this.timing.firstByteMs ??= this.elapsed();
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (this.settled) return;
    if (this.body.length + chunk.length > maxAnswerBytes) this.cancel('too-large', 'the answer is larger than 1 MiB');
    else this.body.add(chunk);
  }

  onResponseEnd(): void {
    this.release()?.free();
    const bytes = this.body.read();
    const encoding = this.headers['content-encoding'];
    if (encoding === undefined) this.answer(bytes);
    else void readBody(textOf(encoding), bytes).then((result) => this.finish(result));
  }

  onResponseError(_: unknown, error: unknown): void {
    this.fail(classifyFailure(error, this.status !== 0));
  }

  private finish(result: BodyResult): void {
    if ('body' in result) return this.answer(result.body);
    const [failureClass, message] = bodyFaults[result.fault];
    this.fail(causeOf(failureClass, message));
  }

  private answer(body: Buffer): void {
    const { status, timing } = this;
    this.end({ kind: 'answer', status, headers: flatten(this.headers), body, durationMs: this.elapsed(), timing });
  }

  private fail(cause: FailureCause): void {
    if (this.settled) return;
    const connection = this.release();
    const { status, timing } = this;
    const durationMs = this.elapsed();
    this.end({ kind: 'failure', ...cause, durationMs, timing, ...(status !== 0 && { status }) });
    // Last: undici reports its end to us, too.
    connection?.abandon();
  }

  /** The connection, which is no longer ours after this; what it tells of its opening is. */
  private release(): Connection | undefined {
    const { connection } = this;
    this.connection = undefined;
    const opened = connection?.takeTiming();
    if (opened) this.timing = { ...opened, ...this.timing };
    return connection;
  }

  private end(result: CallResult): void {
    if (this.settled) return;
    this.settled = true;
    this.settle(result);
  }

  private elapsed(): number {
    return this.now() - this.startedAt;
  }
}

function flatten(headers: Headers): Record<string, string> {
  const flat: Record<string, string> = Object.create(null);
  for (const name of Object.keys(headers)) flat[name] = textOf(headers[name]);
  return flat;
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}
