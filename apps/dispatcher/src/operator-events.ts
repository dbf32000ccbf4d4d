import { exchangeNames, messageTypes, type OperatorEvent, type OperatorEventKind } from '@patchbay/contracts';
import type { OutgoingMessage } from '@patchbay/messaging';
import type { BreakerChange } from '@patchbay/outbound';
import { v7 } from 'uuid';
import type { Configuration } from './configuration';
import type { Send } from './record-batcher';

export interface OperatorEventsOptions {
  send: Send;
  /** Number of this dispatcher. */
  replica: number;
  /** Epoch milliseconds. */
  now(): number;
  configuration(): Configuration;
}

/** Tells operators, and config-service, what they should know about an integration. */
export class OperatorEvents {
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly options: OperatorEventsOptions) {}

  /** Settles when the broker has confirmed it. Nothing is told of an integration that is gone. */
  async tell(kind: OperatorEventKind, integrationId: string, message: string): Promise<void> {
    const record = this.options.configuration().integrations.get(integrationId)?.record;
    if (!record) return;
    const { replica, now, send } = this.options;
    const { name: integrationName, version: integrationVersion } = record;
    const at = new Date(now()).toISOString();
    await send(outgoing({ id: v7(), kind, at, integrationId, integrationName, integrationVersion, replica, message }));
  }

  /** Tells of a breaker; nobody waits for it but `settled`. */
  breakerChanged(integrationId: string, change: BreakerChange): void {
    const telling = this.tell(`breaker-${change.state}`, integrationId, sentenceOf(change)).catch(() => undefined);
    this.running.add(telling);
    void telling.finally(() => this.running.delete(telling));
  }

  /** Settles when everything told so far is confirmed. */
  async settled(): Promise<void> {
    await Promise.all(this.running);
  }
}

function outgoing(event: OperatorEvent): OutgoingMessage {
  return {
    exchange: exchangeNames.operatorEvents,
    routingKey: event.kind,
    body: JSON.stringify(event),
    messageId: event.id,
    type: messageTypes.operatorEvent,
  };
}

function sentenceOf({ state, calls, failures, openUntil }: BreakerChange): string {
  switch (state) {
    case 'open':
      return `${failures} of ${calls} calls failed; none is made until ${openUntil}, and deliveries wait meanwhile without using up attempts`;
    case 'half-open':
      return 'one call is let through to see whether the service works again';
    case 'closed':
      return 'the service works again; what waited is sent now';
  }
}
