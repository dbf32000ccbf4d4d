import type { DatabaseOptions } from '@patchbay/service-kit';
import { CreateDeliveries1764000000000 } from './migrations/1764000000000-create-deliveries';
import { AddOperatorEvents1764100000000 } from './migrations/1764100000000-add-operator-events';
import { PartitionByDay1764200000000 } from './migrations/1764200000000-partition-by-day';
import { AddWaitingJobs1764400000000 } from './migrations/1764400000000-add-waiting-jobs';
import { AddSearch1764500000000 } from './migrations/1764500000000-add-search';
import { ReplayRejected1764600000000 } from './migrations/1764600000000-replay-rejected';
import { CreateReplayOperations1764300000000 } from './migrations/1764300000000-create-replay-operations';

/** The schema `deliveries` of this service: read and written in plain SQL, so there are no entities. */
export function deliveriesDatabase(url: string): DatabaseOptions {
  return {
    url,
    schema: 'deliveries',
    entities: [],
    migrations: [
      CreateDeliveries1764000000000,
      AddOperatorEvents1764100000000,
      PartitionByDay1764200000000,
      CreateReplayOperations1764300000000,
      AddWaitingJobs1764400000000,
      AddSearch1764500000000,
      ReplayRejected1764600000000,
    ],
  };
}
