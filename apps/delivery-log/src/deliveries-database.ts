import type { DatabaseOptions } from '@patchbay/service-kit';
import { CreateDeliveries1764000000000 } from './migrations/1764000000000-create-deliveries';
import { AddOperatorEvents1764100000000 } from './migrations/1764100000000-add-operator-events';

/** The schema `deliveries` of this service: read and written in plain SQL, so there are no entities. */
export function deliveriesDatabase(url: string): DatabaseOptions {
  return {
    url,
    schema: 'deliveries',
    entities: [],
    migrations: [CreateDeliveries1764000000000, AddOperatorEvents1764100000000],
  };
}
