import { exchangeNames, queueNames, topology, type Topology } from '@patchbay/contracts';

const exchanges: string[] = [exchangeNames.config, exchangeNames.operatorEvents];
const queues: string[] = [queueNames.suspensions, queueNames.rejected];

/** What this service publishes to and consumes from. */
export function configTopology(): Topology {
  const all = topology();
  return {
    exchanges: all.exchanges.filter(({ name }) => exchanges.includes(name)),
    queues: all.queues.filter(({ name }) => queues.includes(name)),
  };
}
