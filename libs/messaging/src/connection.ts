import { EventEmitter, once } from 'node:events';
import { connect, type ChannelModel } from 'amqplib';
import { within } from './back-off';
import { versionFault } from './broker-version';
import { explainFailure } from './explain-failure';
import { keepOpen } from './keep-open';
import type { Timings } from './timings';
import { tolerateHeaders } from './tolerate-headers';
import type { MessagingLogger } from './types';

export interface ConnectionOptions {
  urls: string[];
  name: string;
  logger: MessagingLogger;
  timings: Timings;
  /** Runs on every new connection before anybody may use it. */
  prepare: (model: ChannelModel) => Promise<void>;
}

/** The client takes up to three of these to notice silence, and 25 s is the limit. */
const heartbeatSeconds = 8;

/** A connection that is made again, for ever, each time it is lost. One log line per outage. */
export class BrokerConnection {
  /** The broker has an alarm (memory, disk) and takes no publishes for now. */
  blocked = false;
  private model: ChannelModel | undefined;
  private where = '';
  private problem: string | undefined = 'not connected to the broker yet';
  private outage: string | undefined;
  private readonly events = new EventEmitter().setMaxListeners(0);
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;

  constructor(private readonly options: ConnectionOptions) {
    if (options.urls.length === 0) throw new TypeError('no AMQP URL is given; set AMQP_URL');
    this.running = keepOpen({
      session: () => this.session(),
      onFailure: (error) => this.report(error),
      signal: this.closing.signal,
      backOff: options.timings.reconnect,
    });
  }

  /** The usable connection, if there is one now. */
  current(): ChannelModel | undefined {
    return this.model;
  }

  /** The usable connection, as soon as there is one; rejects when the signal is aborted or the connection closed. */
  async live(signal: AbortSignal = this.closing.signal): Promise<ChannelModel> {
    signal.throwIfAborted();
    if (this.model) return this.model;
    const [model] = (await once(this.events, 'live', { signal })) as [ChannelModel];
    return model;
  }

  fault(): string | undefined {
    return this.problem;
  }

  async close(): Promise<void> {
    this.closing.abort(new Error(`the connection ${this.options.name} is closed`));
    if (this.model) await closeQuietly(this.model);
    await this.running;
  }

  private async session(): Promise<void> {
    const model = await this.connect();
    const ended = endOf(model);
    tolerateHeaders(model);
    try {
      requireVersion(model);
      await within(this.options.timings.declareMs, 'declaring the topology', this.options.prepare(model));
      this.becomeLive(model);
      throw await ended;
    } finally {
      this.model = undefined;
      this.blocked = false;
      await closeQuietly(model);
    }
  }

  private async connect(): Promise<ChannelModel> {
    const { urls, name, timings } = this.options;
    let failure: unknown;
    for (const url of inRandomOrder(urls)) {
      this.where = new URL(url).host;
      try {
        return await connect(withHeartbeat(url), {
          timeout: timings.connectMs,
          noDelay: true,
          clientProperties: { connection_name: name },
        });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  private becomeLive(model: ChannelModel): void {
    this.closing.signal.throwIfAborted();
    model.on('blocked', (reason) => this.block(reason));
    model.on('unblocked', () => this.unblock());
    model.on('close', () => (this.model = undefined));
    this.model = model;
    this.problem = undefined;
    if (this.outage) this.options.logger.info(this.fields(), 'connected to the broker again');
    this.outage = undefined;
    this.events.emit('live', model);
  }

  private block(reason: string): void {
    this.blocked = true;
    this.options.logger.warn({ ...this.fields(), reason }, 'the broker takes no messages for now; publishes wait');
  }

  private unblock(): void {
    this.blocked = false;
    this.options.logger.info(this.fields(), 'the broker takes messages again');
  }

  private report(error: unknown): void {
    const { kind, sentence } = explainFailure(error, this.where);
    this.problem = sentence;
    if (this.outage === kind) return;
    this.outage = kind;
    this.options.logger.error(this.fields(), `${sentence}; trying again until it works`);
  }

  private fields(): object {
    return { connection: this.options.name, broker: this.where };
  }
}

/** Why the connection ended. A graceful stop of the broker emits only `close`; `error` must have a listener. */
function endOf(model: ChannelModel): Promise<Error> {
  return new Promise((resolve) => {
    model.on('error', resolve);
    model.on('handler-error', resolve);
    model.on('close', (error) => resolve(error ?? new Error('the connection was closed')));
  });
}

function requireVersion(model: ChannelModel): void {
  const fault = versionFault(model.connection.serverProperties.version);
  if (fault) throw new Error(fault);
}

function withHeartbeat(url: string): string {
  const address = new URL(url);
  if (!address.searchParams.has('heartbeat')) address.searchParams.set('heartbeat', String(heartbeatSeconds));
  return address.toString();
}

function inRandomOrder<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

async function closeQuietly(model: ChannelModel): Promise<void> {
  await within(2_000, 'closing the connection', model.close()).catch(() => undefined);
}
