import { exchangeNames, jobRoutingKey, laneOf, messageTypes, queueNames } from '@patchbay/contracts';
import type { Publisher } from '@patchbay/messaging';
import type { Logger } from '@patchbay/service-kit';
import type { DataSource, EntityManager } from 'typeorm';
import { findOverdueJobs, markPublishedAgain, strikeOutDone, type OverdueJob } from './overdue-jobs';
import type { QueueInspector } from './queue-inspector';

export interface SecondNetOptions {
  dataSource: DataSource;
  inspector: QueueInspector;
  publisher: Publisher;
  lanes: number;
  timeScale: number;
  /** Epoch milliseconds. */
  now(): number;
  logger: Pick<Logger, 'warn'>;
  /** Told how many were published again. */
  count(republished: number): void;
}

/** One replica at a time. */
const tryTurn = `select pg_try_advisory_xact_lock(hashtext('delivery-log second net')) as ours`;

/**
 * Publishes jobs again that the broker should have brought back long ago. In a healthy system it finds none. It only acts
 * while the record is known to be complete and the lanes idle: a job that is merely late would be done twice.
 */
export class SecondNet {
  private calmRounds = 0;

  constructor(private readonly options: SecondNetOptions) {}

  /**
   * One look, to be repeated. Acts only when the look before found calm, too: what another replica had taken from the
   * outcomes by then is committed by now.
   */
  async sweep(): Promise<void> {
    this.calmRounds = (await this.isCalm()) ? this.calmRounds + 1 : 0;
    if (this.calmRounds >= 2) await this.options.dataSource.transaction((manager) => this.publishOverdue(manager));
  }

  private async isCalm(): Promise<boolean> {
    const { inspector, lanes } = this.options;
    const outcomes = await inspector.inspect(queueNames.outcomes);
    if (outcomes.messages > 0) return false;
    const queues = Array.from({ length: lanes }, (_, lane) => inspector.inspect(queueNames.lane(lane)));
    return (await Promise.all(queues)).every(({ messages, consumers }) => messages === 0 && consumers > 0);
  }

  private async publishOverdue(manager: EntityManager): Promise<void> {
    const { timeScale, now, logger, count } = this.options;
    const [{ ours }]: [{ ours: boolean }] = await manager.query(tryTurn);
    if (!ours) return;
    await strikeOutDone(manager, now());
    const jobs = await findOverdueJobs(manager, now(), timeScale);
    if (jobs.length === 0) return;
    // A crash before the commit publishes them once more; the lane's owner knows them by their ids.
    await Promise.all(jobs.map((job) => this.publish(job)));
    const ids = jobs.map(({ id }) => id);
    await markPublishedAgain(manager, ids, now());
    logger.warn(
      { jobs: ids.slice(0, 10), count: ids.length },
      'jobs that the broker did not bring back are sent again',
    );
    count(ids.length);
  }

  private publish({ id, conversation, body }: OverdueJob): Promise<void> {
    const { publisher, lanes } = this.options;
    return publisher.publish({
      exchange: exchangeNames.events,
      routingKey: jobRoutingKey(laneOf(conversation, lanes)),
      body,
      messageId: id,
      type: messageTypes.job,
    });
  }
}
