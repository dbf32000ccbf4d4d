import { queueNames, type ResultMessage } from '@patchbay/contracts';
import type { Delivery, Messaging, MessagingLogger, Settlement } from '@patchbay/messaging';
import { AgentDesk } from './agent-desk';
import { RoutingDesk } from './routing-desk';

const prefetch = 64;

/** Routing and the agent desktop: they take the results once they are told to begin, for others may want to. */
export class Neighbours {
  readonly routing = new RoutingDesk();
  readonly desktop = new AgentDesk();
  private consuming = false;

  constructor(
    private readonly messaging: Messaging,
    private readonly logger: MessagingLogger,
  ) {}

  /** Begins to consume both result queues, unless not wanted; further calls change nothing. */
  begin(wanted = true): void {
    if (this.consuming || !wanted) return;
    this.consuming = true;
    this.consume(queueNames.routing, (result) => this.routing.take(result, new Date()));
    this.consume(queueNames.agentDisplay, (result) => this.desktop.take(result));
  }

  private consume(queue: string, take: (result: ResultMessage) => void): void {
    this.messaging.consume({ queue, prefetch, handler: (delivery) => this.settle(delivery, take) });
  }

  private async settle(delivery: Delivery, take: (result: ResultMessage) => void): Promise<Settlement> {
    try {
      take(JSON.parse(delivery.body.toString('utf8')) as ResultMessage);
      return 'ack';
    } catch (error) {
      this.logger.error({ queue: delivery.queue, reason: String(error) }, 'a message that is no result was dropped');
      return 'reject';
    }
  }
}
