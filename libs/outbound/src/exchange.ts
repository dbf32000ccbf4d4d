import type { Dispatcher } from 'undici';
import type { CallFailure, CallResult } from './call-result';
import { classifyFailure, type FailureClass } from './failure-class';
import { maxAnswerBytes, readBody, type BodyResult } from './read-body';

type Controller = Dispatcher.DispatchController;
type Headers = Record<string, string | string[] | undefined>;

const bodyFaults: Record<Extract<BodyResult, { fault: string }>['fault'], [FailureClass, string]> = {
  'too-large': ['too-large', 'the answer is larger than 1 MiB after decompression'],
  broken: ['protocol', 'the body of the answer does not decompress'],
  'unknown-encoding': ['protocol', 'the answer must have at most one content encoding: gzip, deflate or br'],
};

/** One request and its answer on the wire, as undici reports it. Settles once; whatever comes later is cut off. */
export class Exchange implements Dispatcher.DispatchHandler {
  private controller: Controller | undefined;
  private settled = false;
  private status = 0;
  private headers: Headers = {};
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private readonly startedAt: number;
  private sentMs = 0;
  private firstByteMs = 0;

  constructor(
    private readonly now: () => number,
    private readonly settle: (result: CallResult) => void,
  ) {
    this.startedAt = now();
  }

  /** Ends it from outside, e.g. at the deadline; the connection is closed, since it is in an unknown state. */
  cancel(failureClass: FailureClass, message: string): void {
    this.fail({ failureClass, message });
    this.controller?.abort(new Error(message));
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    this.sentMs = this.elapsed();
    if (this.settled) controller.abort(new Error('ended before it was sent'));
  }

  onResponseStart(_: Controller, status: number, headers: Headers): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.firstByteMs = this.elapsed();
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > maxAnswerBytes) this.cancel('too-large', 'the answer is larger than 1 MiB');
    else if (!this.settled) this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const bytes = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.size);
    const encoding = this.headers['content-encoding'];
    if (encoding === undefined) this.answer(bytes);
    else void readBody(textOf(encoding), bytes).then((result) => this.finish(result));
  }

  onResponseError(_: Controller, error: unknown): void {
    this.fail(classifyFailure(error));
  }

  private finish(result: BodyResult): void {
    if ('body' in result) return this.answer(result.body);
    const [failureClass, message] = bodyFaults[result.fault];
    this.fail({ failureClass, message });
  }

  private answer(body: Buffer): void {
    const { status, sentMs, firstByteMs } = this;
    const timing = { sentMs, firstByteMs };
    this.end({ kind: 'answer', status, headers: flatten(this.headers), body, durationMs: this.elapsed(), timing });
  }

  private fail(failure: Pick<CallFailure, 'failureClass' | 'message'>): void {
    // A blocked address stays blocked whenever it is tried: nothing was sent, and trying again is no use.
    const stage = failure.failureClass === 'blocked' ? 'before' : 'call';
    this.end({ kind: 'failure', ...failure, stage, durationMs: this.elapsed() });
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
