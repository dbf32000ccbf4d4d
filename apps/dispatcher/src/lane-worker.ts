import { queueNames, type JobMessage, type RejectedMessage } from '@patchbay/contracts';
import type { Delivery, Settlement } from '@patchbay/messaging';
import type { Logger } from '@patchbay/service-kit';
import { randomUUID } from 'node:crypto';
import { WorkLost } from './attempt';
import { toQueue } from './delivery-outcome';
import { dispatch, type DispatchTools } from './dispatch';
import { waitingJob } from './job-message';
import { FinishedWindow } from './finished-window';
import { readLaneMessage } from './read-work';
import type { Work } from './work';

/** One lane message from arrival to settlement: read, drop repeats, dispatch, remember. */
export class LaneWorker {
  private readonly finished = new FinishedWindow();
  private readonly running = new Map<string, Promise<void>>();
  /** Repeats that were not worked on again. */
  duplicatesSuppressed = 0;

  constructor(
    private readonly tools: DispatchTools,
    private readonly logger: Logger,
  ) {}

  async handle(delivery: Delivery): Promise<Settlement> {
    const lane = laneOfQueue(delivery.queue);
    const input = readLaneMessage(delivery, lane, this.tools.sealer, this.tools.now());
    switch (input.kind) {
      case 'work':
        return this.work(input.work, delivery);
      case 'early':
        return this.waitOn(input.job, input.body, lane);
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

function laneOfQueue(queue: string): number {
  return Number(queue.slice(queueNames.lane(0).length - 1));
}
