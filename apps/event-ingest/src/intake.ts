import { type EventForm, type LaneEvent, messageTypes, queueNames, type RejectedMessage } from '@patchbay/contracts';
import type { Fault } from '@patchbay/edi';
import {
  type Delivery,
  type MessagingLogger,
  PublishFailed,
  type Publisher,
  publishUntilConfirmed,
  type Settlement,
} from '@patchbay/messaging';
import { Problem } from '@patchbay/service-kit';
import { v7 as uuidv7 } from 'uuid';
import { acceptEvent } from './accept-event';
import type { Forwarder } from './forwarder';

export interface IntakeParts {
  forwarder: Forwarder;
  rejections: Publisher;
  logger: MessagingLogger;
  /** RFC 3339 in UTC. */
  now: () => string;
}

/** What the sender of an event over HTTP gets. */
export interface Acknowledgement {
  id: string;
  acceptedAt: string;
}

/** So much of a refused body is kept for whoever looks into it. */
const keptBytes = 1024 * 1024;
const retryAfterSeconds = 2;

/** Takes events from both doors. Only the body counts; nothing else of a delivery goes any further. */
export class Intake {
  constructor(private readonly parts: IntakeParts) {}

  /** An event is in its lane, anything else in patchbay.rejected, before the delivery is acked. */
  async takeDelivery({ body, lost }: Delivery): Promise<Settlement> {
    const acceptance = acceptEvent(body, this.parts.now());
    if (acceptance.accepted) await this.parts.forwarder.forward(acceptance.event, lost);
    else await this.setAside(body, acceptance, lost);
    return 'ack';
  }

  /** Resolves once the event is in its lane; a Problem says why it is not: 400 with all faults, or 503. */
  async takeRequest(body: unknown, contentType = ''): Promise<Acknowledgement> {
    const acceptance = acceptEvent(bytesOf(body), this.parts.now(), formOf(contentType));
    if (!acceptance.accepted) throw notAnEvent(acceptance.faults);
    await this.forwardNow(acceptance.event);
    return { id: acceptance.event.id, acceptedAt: acceptance.event.acceptedAt };
  }

  private async forwardNow(event: LaneEvent): Promise<void> {
    try {
      await this.parts.forwarder.forwardOnce(event);
    } catch (error) {
      if (error instanceof PublishFailed) throw notNow(error);
      throw error;
    }
  }

  private async setAside(body: Buffer, refusal: { reason: string; faults: Fault[] }, lost: AbortSignal): Promise<void> {
    const { logger, now, rejections } = this.parts;
    const id = uuidv7();
    const { reason, faults } = refusal;
    const rejected: RejectedMessage = {
      id,
      rejectedAt: now(),
      source: 'amqp',
      reason,
      faults,
      bodyBase64: body.subarray(0, keptBytes).toString('base64'),
    };
    const message = {
      exchange: '',
      routingKey: queueNames.rejected,
      body: JSON.stringify(rejected),
      messageId: id,
      type: messageTypes.rejected,
    };
    logger.warn({ rejected: id, codes: faults.map(({ code }) => code) }, 'an event was refused');
    await publishUntilConfirmed(rejections, message, { signal: lost, logger });
  }
}

/** What is sent as a CloudEvent has to be one; of anything else the body tells what it is. */
function formOf(contentType: string): EventForm | undefined {
  return /^\s*application\/cloudevents\+json\s*(;|$)/i.test(contentType) ? 'cloud-event' : undefined;
}

/** The raw bytes; a body that a parser has already read is written down again. */
function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body ?? {}));
}

function notAnEvent(errors: Fault[]): Problem {
  return new Problem(400, {
    title: 'Not an event',
    detail: `The body has ${errors.length === 1 ? 'a fault' : `${errors.length} faults`}; see errors.`,
    code: 'invalid-event',
    errors,
  });
}

function notNow({ reason }: PublishFailed): Problem {
  return new Problem(503, {
    title: 'Not accepted for now',
    detail: `The broker has not stored the event (${reason}). Send it again, with the same id.`,
    code: 'broker-unavailable',
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });
}
