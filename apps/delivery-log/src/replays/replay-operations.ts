import { Problem, type Logger } from '@patchbay/service-kit';
import type { DataSource } from 'typeorm';
import { countCandidates } from './find-candidates';
import { draftOperation, type Request } from './draft-operation';
import { explainOperation } from './find-operations';
import type { Operation } from './operation';
import { refuseEmptyFilter } from './replay-filter';
import { ReplayRunner } from './replay-runner';
import type { ReplayBodyDto } from './replay.dto';
import type { SendingTools } from './send-items';
import { steerOperation, type StepName } from './steer-operation';
import { takeSample } from './take-sample';

export interface ReplayOperationsOptions extends SendingTools {
  dataSource: DataSource;
  logger: Pick<Logger, 'info' | 'warn'>;
}

/** Replays of many deliveries: drafted, started, paused, cancelled here, and run beside those of other processes. */
export class ReplayOperations {
  private readonly runner: ReplayRunner;

  constructor(private readonly options: ReplayOperationsOptions) {
    this.runner = new ReplayRunner(options.dataSource, options, options.logger);
  }

  /** How many deliveries a filter means and what would be sent for the first of them; kept unless it is a dry run. */
  async draft(body: ReplayBodyDto, request: Request) {
    refuseEmptyFilter(body.filter);
    if (body.configuration === 'then') this.refuseWithoutVersions();
    if (body.dryRun) {
      const asked = { ...body, createdAt: new Date() };
      const counts = await countCandidates(this.options.dataSource, body.filter, asked.createdAt);
      return { ...counts, sample: await takeSample(this.options, asked, Date.now()) };
    }
    const { operation, isNew } = await draftOperation(this.options.dataSource, body, request);
    if (isNew) this.note('replay.draft', request.requestedBy, operation);
    if (operation.state !== 'draft') return explainOperation(this.options.dataSource, operation.id);
    return { ...operation, sample: await takeSample(this.options, operation, Date.now()) };
  }

  /** Takes a step and answers the operation with its progress. */
  async steer(id: string, step: StepName, by: string) {
    const { operation, changed } = await steerOperation(this.options.dataSource, id, step, by);
    if (changed) this.note(`replay.${step}`, by, operation);
    this.runner.wake();
    return explainOperation(this.options.dataSource, id);
  }

  /** Ends with the batch that is on its way; operations go on when a process is there again. */
  close(): Promise<void> {
    return this.runner.close();
  }

  private refuseWithoutVersions(): void {
    if (this.options.versions) return;
    const message =
      'needs config-service: set PATCHBAY_CONFIG_URL and PATCHBAY_SERVICE_TOKEN_FILE, or replay as of now';
    const errors = [{ path: 'configuration', code: 'then-unavailable', message }];
    throw new Problem(400, { title: 'Not available here', detail: `"then" ${message}.`, errors });
  }

  private note(
    action: string,
    principal: string,
    { id, filter, configuration, keys, ratePerSecond, found }: Operation,
  ) {
    const what = { filter, configuration, keys, ratePerSecond, count: found };
    this.options.logger.info({ audit: { principal, action, operation: id, ...what } }, `${action} by ${principal}`);
  }
}
