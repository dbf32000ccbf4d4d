import {
  buildMatchIndex,
  compileIntegration,
  validateIntegration,
  type CompiledIntegration,
  type Integration,
  type MatchIndex,
} from '@patchbay/edi';
import { typicalInput } from './typical';

/** Integrations ready to be matched. */
export interface Loaded {
  compiled: CompiledIntegration[];
  index: MatchIndex;
}

/** Seconds of processor time for each step, and the megabytes that stay afterwards. */
export interface LoadCost {
  validate: number;
  compile: number;
  index: number;
  megabytes: number;
}

/** Validates, compiles and indexes that many integrations. */
export function loadTypical(count: number): Loaded {
  const compiled = Array.from({ length: count }, (_, number) => compile(validate(number)));
  return { compiled, index: buildMatchIndex(compiled) };
}

/**
 * Loads that many once, cold, as a service starts. Megabytes are what stays of records, compiled forms and index after
 * the garbage is collected (--expose-gc).
 */
export function measureLoad(count: number): Loaded & { cost: LoadCost } {
  const before = heapMegabytes();
  const [records, validating] = timed(() => Array.from({ length: count }, (_, number) => validate(number)));
  const [compiled, compiling] = timed(() => records.map(compile));
  const [index, indexing] = timed(() => buildMatchIndex(compiled));
  const megabytes = heapMegabytes() - before;
  return { compiled, index, cost: { validate: validating, compile: compiling, index: indexing, megabytes } };
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

function compile(record: Integration): CompiledIntegration {
  const compiled = compileIntegration(record, { faults: [], warnings: [] });
  if (!compiled) throw new Error('what was valid does not compile');
  return compiled;
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
