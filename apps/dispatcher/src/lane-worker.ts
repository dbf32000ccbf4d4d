import { messageTypes, queueNames, type JobMessage, type RejectedMessage } from '@patchbay/contracts';
import type { Delivery, Settlement } from '@patchbay/messaging';
import type { Logger } from '@patchbay/service-kit';
import { randomUUID } from 'node:crypto';
import { WorkLost } from './attempt';
import { toQueue } from './delivery-outcome';
import { dispatch, type DispatchTools } from './dispatch';
import { waitingJob } from './job-message';
import { FinishedWindow } from './finished-window';
import type { LaneBeats } from './lane-beats';
import { readLaneMessage } from './read-work';
import { Solitude } from './solitude';
import type { SuspectMarker } from './suspect-marker';
import { VainDeliveries } from './vain-deliveries';
import type { Work } from './work';

/** How often a message has been given out in vain when it is worked on alone, and when it is given up. */
const suspiciousFrom = 2;
const condemnedFrom = 5;

/** What an ack takes to leave this process. */
const settlingMs = 20;

export interface LaneTools extends DispatchTools {
  lanes: number;
  beats: LaneBeats;
  marker: SuspectMarker;
}

/** One lane message from arrival to settlement: read, drop repeats, dispatch, remember. */
export class LaneWorker {
  private readonly finished = new FinishedWindow();
  private readonly solitude = new Solitude(settlingMs);
  private readonly vain = new VainDeliveries();
  private readonly running = new Map<string, Promise<void>>();
  /** Repeats that were not worked on again. */
  duplicatesSuppressed = 0;

  constructor(
    private readonly tools: LaneTools,
    private readonly logger: Logger,
  ) {}

  /** Takes a message of a lane. What was given out twice in vain may be what kills, so it runs alone. */
  handle(delivery: Delivery): Promise<Settlement> {
    if (isBeat(delivery)) return this.hear(delivery);
    if (this.vain.count(delivery) < suspiciousFrom) return this.solitude.together(() => this.take(delivery));
    return this.solitude.apart(() => this.takeAlone(delivery, condemnedFrom));
  }

  /** Takes a message that the broker has given up on: always alone, and when it comes back, for the last time. */
  handleSuspect(delivery: Delivery): Promise<Settlement> {
    return this.solitude.apart(() => this.takeAlone(delivery, suspiciousFrom));
  }

  private async takeAlone(delivery: Delivery, condemnedAt: number): Promise<Settlement> {
    const { messageId = '', deliveryCount } = delivery;
    const deaths = this.tools.marker.enter(messageId);
    const guilty = deaths > 0 && deliveryCount >= condemnedAt;
    if (guilty) this.logger.error({ messageId, deliveryCount }, 'a message that kills this process is given up');
    try {
      return await this.take(
        delivery,
        guilty ? `crash_loop: the dispatcher died ${deliveryCount} times over it` : undefined,
      );
    } finally {
      this.tools.marker.leave();
    }
  }

  private async hear({ queue }: Delivery): Promise<Settlement> {
    this.tools.beats.heard(laneOfQueue(queue));
    return 'ack';
  }

  private async take(delivery: Delivery, condemned?: string): Promise<Settlement> {
    const { sealer, now, lanes } = this.tools;
    const input = readLaneMessage(delivery, { lanes, sealer, now: now() });
    switch (input.kind) {
      case 'work':
        return this.work({ ...input.work, ...(condemned !== undefined && { condemned }) }, delivery);
      case 'early':
        return this.waitOn(input.job, input.body, input.lane);
      case 'malformed':
        return this.reject(delivery, input.reason);
    }
  }

  /** A repeat of running work attaches to it; when that is lost, it is done here. */
  private async work(work: Work, { lost }: Delivery): Promise<Settlement> {
    const id = `${work.id} ${work.replay?.replayId ?? ''}`;
    for (let running = this.running.get(id); running; running = this.running.get(id))
      await running.catch(() => undefined);
    if (this.finished.has(id)) {
      this.duplicatesSuppressed++;
      return 'ack';
    }
    const doing = dispatch(work, lost, this.tools);
    this.running.set(id, doing);
    try {
      await doing;
      this.finished.add(id);
    } catch (error) {
      // The broker gives the message out again; settling this delivery has no effect any more.
      if (!(error instanceof WorkLost) && !lost.aborted) throw error;
    } finally {
      this.running.delete(id);
    }
    return 'ack';
  }

  private async waitOn(job: JobMessage, body: Buffer, lane: number): Promise<Settlement> {
    await this.tools.send(waitingJob(job, body, lane, this.tools.now(), this.tools.timeScale));
    return 'ack';
  }

  private async reject({ body, routingKey }: Delivery, reason: string): Promise<Settlement> {
    const id = randomUUID();
    this.logger.error({ routingKey, reason, rejected: id }, 'a lane message cannot be read; kept in patchbay.rejected');
    const message: RejectedMessage = {
      id,
      rejectedAt: new Date(this.tools.now()).toISOString(),
      source: 'amqp',
      reason: `lane message: ${reason}`,
      faults: [],
      bodyBase64: body.toString('base64'),
    };
    await this.tools.send(toQueue('rejected', id, message));
    return 'ack';
  }
}

function isBeat({ routingKey, type }: Delivery): boolean {
  return type === messageTypes.beat && routingKey.endsWith('.beat');
}

function laneOfQueue(queue: string): number {
  return Number(queue.slice(queueNames.lane(0).length - 1));
}
