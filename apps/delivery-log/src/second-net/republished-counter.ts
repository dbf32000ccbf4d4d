import { Counter, register } from 'prom-client';

const name = 'patchbay_second_net_republished_total';

/** Counts jobs that the broker did not bring back; 0 in a healthy system. One for all services of a process. */
export function republishedCounter(): Counter {
  const known = register.getSingleMetric(name) as Counter | undefined;
  return known ?? new Counter({ name, help: 'Jobs published again because the broker did not bring them back.' });
}
