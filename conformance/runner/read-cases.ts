import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Area, Base, Case } from './case';
import { expand } from './expand';

/** Reads conformance/: what every case starts from, and the cases by area. */
export function readCases(folder: string): { base: Base; areas: Area[] } {
  const files = readdirSync(join(folder, 'cases')).filter((name) => name.endsWith('.json'));
  const areas = files.sort().map((file) => ({
    name: basename(file, '.json'),
    cases: expand(readJson(join(folder, 'cases', file))) as unknown as Case[],
  }));
  return { base: readJson(join(folder, 'base.json')) as unknown as Base, areas };
}

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8')) as never;
}
