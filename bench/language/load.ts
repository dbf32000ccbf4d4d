import {
  buildMatchIndex,
  loadIntegration,
  validateIntegration,
  type Integration,
  type LoadedIntegration,
  type MatchIndex,
} from '@patchbay/edi';
import { typicalInput } from './typical';

/** Integrations ready to be matched. */
export interface Loaded {
  loaded: LoadedIntegration[];
  index: MatchIndex<LoadedIntegration>;
}

/** Seconds of processor time for each step, and the megabytes that stay afterwards. */
export interface LoadCost {
  /** Done when an integration is saved, not when a dispatcher loads it. */
  validate: number;
  load: number;
  index: number;
  megabytes: number;
}

/** Validates, loads and indexes that many integrations. */
export function loadTypical(count: number): Loaded {
  const loaded = Array.from({ length: count }, (_, number) => load(validate(number)));
  return { loaded, index: buildMatchIndex(loaded) };
}

/**
 * Loads that many once, cold, as a service starts. Megabytes are what stays of records and index after
 * the garbage is collected (--expose-gc).
 */
export function measureLoad(count: number): Loaded & { cost: LoadCost } {
  const before = heapMegabytes();
  const [records, validating] = timed(() => Array.from({ length: count }, (_, number) => validate(number)));
  const [loaded, loading] = timed(() => records.map(load));
  const [index, indexing] = timed(() => buildMatchIndex(loaded));
  const megabytes = heapMegabytes() - before;
  return { loaded, index, cost: { validate: validating, load: loading, index: indexing, megabytes } };
}

/** Each from a text of its own, as from a database: no two share a value. */
function validate(number: number): Integration {
  const { value, faults } = validateIntegration(JSON.parse(JSON.stringify(typicalInput(number))));
  if (!value) throw new Error(`the typical integration has faults: ${JSON.stringify(faults)}`);
  return {
    ...value,
    id: `0193b7a2-0000-7000-9000-${String(number).padStart(12, '0')}`,
    authentications: value.authentications.map(({ id }) => id),
    suspended: null,
    version: 1,
    createdAt: '2026-11-22T08:00:00.000Z',
  };
}

function load(record: Integration): LoadedIntegration {
  const loaded = loadIntegration(record, { faults: [], warnings: [] });
  if (!loaded) throw new Error('what was valid does not load');
  return loaded;
}

function timed<T>(work: () => T): [result: T, seconds: number] {
  const from = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(from);
  return [result, (user + system) / 1e6];
}

function heapMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 ** 2;
}
