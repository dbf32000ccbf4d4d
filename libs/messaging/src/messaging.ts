import type { Channel } from 'amqplib';
import { within } from './back-off';
import { BrokerConnection } from './connection';
import { QueueConsumer, type ConsumerContext } from './consumer';
import { declareTopology, restoreTopology } from './declare-topology';
import { explainFailure } from './explain-failure';
import { listen } from './listener';
import { ChannelPublisher } from './publisher';
import { defaultTimings, type Timings } from './timings';
import type { ConsumeOptions, Consumer, Messaging, MessagingOptions, Publisher } from './types';

/**
 * Connects to the broker, twice: publishing and consuming, so that an alarm of the broker, which blocks publishers,
 * never holds up acks. Starts at once; `ready()` tells when it is connected. `timings` is for tests.
 */
export function createMessaging(options: MessagingOptions, timings: Partial<Timings> = {}): Messaging {
  return new AmqpMessaging(options, { ...defaultTimings, ...timings });
}

class AmqpMessaging implements Messaging {
  private readonly publishing: BrokerConnection;
  private readonly consuming: BrokerConnection;
  private readonly publishers: ChannelPublisher[] = [];
  private readonly consumers: QueueConsumer[] = [];
  private readonly closing = new AbortController();
  private readonly redeclaring: NodeJS.Timeout;
  private topologyFault: string | undefined;

  constructor(
    private readonly options: MessagingOptions,
    private readonly timings: Timings,
  ) {
    this.publishing = this.connection('publishing');
    this.consuming = this.connection('consuming');
    this.redeclaring = setInterval(() => void this.redeclare(), timings.redeclareMs).unref();
  }

  async ready(): Promise<void> {
    await Promise.all([this.publishing.live(), this.consuming.live()]);
  }

  publisher(name: string): Publisher {
    const { logger } = this.options;
    const publisher = new ChannelPublisher({ name, connection: this.publishing, logger, timings: this.timings });
    this.publishers.push(publisher);
    return publisher;
  }

  consume(options: ConsumeOptions): Consumer {
    const consumer = new QueueConsumer(options, this.context());
    this.consumers.push(consumer);
    return consumer;
  }

  listen(exchange: string, onMessage: (body: Buffer) => void): void {
    listen({ exchange, onMessage, signal: this.closing.signal }, this.context());
  }

  async inspect(queue: string): Promise<{ messages: number; consumers: number }> {
    const model = this.publishing.current();
    if (!model) throw new Error('not connected to the broker');
    const { openMs } = this.timings;
    // A channel of its own: the broker closes it when the queue is not there.
    const channel = await within(openMs, 'opening a channel', model.createChannel());
    channel.on('error', () => undefined);
    try {
      const { messageCount, consumerCount } = await within(openMs, `asking for ${queue}`, channel.checkQueue(queue));
      return { messages: messageCount, consumers: consumerCount };
    } finally {
      await closeQuietly(channel);
    }
  }

  fault(): string | undefined {
    const connections = this.publishing.fault() ?? this.consuming.fault() ?? this.topologyFault;
    const faults = [...this.publishers, ...this.consumers].map((user) => user.fault());
    return connections ?? faults.find((fault) => fault !== undefined);
  }

  async close(deadlineMs = 10_000): Promise<void> {
    const end = Date.now() + deadlineMs;
    clearInterval(this.redeclaring);
    this.closing.abort();
    await Promise.all(this.consumers.map((consumer) => consumer.stop(deadlineMs)));
    await Promise.all(this.publishers.map((publisher) => publisher.drained(Math.max(0, end - Date.now()))));
    await Promise.all(this.publishers.map((publisher) => publisher.close()));
    await Promise.all([this.publishing.close(), this.consuming.close()]);
  }

  private connection(purpose: string): BrokerConnection {
    const { urls, name, logger } = this.options;
    return new BrokerConnection({
      urls,
      name: `${name} ${purpose}`,
      logger,
      timings: this.timings,
      prepare: (model) => this.declare(declareTopology(model, this.options.topology)),
    });
  }

  private async declare(declared: Promise<void>): Promise<void> {
    await declared;
    this.topologyFault = undefined;
  }

  /** Heals what somebody deleted while we were connected. */
  private async redeclare(): Promise<void> {
    const model = this.publishing.current();
    if (!model) return;
    try {
      await this.declare(restoreTopology(model, this.options.topology, this.timings.deletionMs));
    } catch (error) {
      const { sentence } = explainFailure(error, 'AMQP_URL');
      if (this.publishing.current() !== model || this.topologyFault === sentence) return;
      this.topologyFault = sentence;
      this.options.logger.error({ connection: this.options.name }, sentence);
    }
  }

  private context(): ConsumerContext {
    return { connection: this.consuming, logger: this.options.logger, timings: this.timings };
  }
}

/** The broker has closed it already when the question was about a queue that is not there; then it throws. */
async function closeQuietly(channel: Channel): Promise<void> {
  try {
    await channel.close();
  } catch {
    return;
  }
}
