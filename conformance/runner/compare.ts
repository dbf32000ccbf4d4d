import { isDeepStrictEqual } from 'node:util';
import type { Fault, JsonObject } from '@patchbay/edi';
import type { ExpectedFinding } from './case';

/** Where a case and the implementation differ. */
export interface Difference {
  what: string;
  expected: unknown;
  actual: unknown;
}

/** Equal as JSON: the order of members does not count. */
export function differs(what: string, expected: unknown, actual: unknown): Difference[] {
  return isDeepStrictEqual(asJson(expected), asJson(actual)) ? [] : [{ what, expected, actual }];
}

function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Each given member is compared; what is not given may be anything. */
export function membersDiffer(what: string, expected: JsonObject, actual: object | undefined): Difference[] {
  const found = actual as Record<string, unknown> | undefined;
  return Object.entries(expected).flatMap(([name, value]) => differs(`${what}.${name}`, value, found?.[name]));
}

/** Every expected finding is there, and none that was not expected; several at one place may be told as one. */
export function findingsDiffer(what: string, expected: ExpectedFinding[], actual: Fault[]): Difference[] {
  const missing = expected.some((one) => !actual.some((found) => fits(one, found)));
  const surplus = actual.some((found) => !expected.some((one) => fits(one, found)));
  if (!missing && !surplus) return [];
  return [{ what, expected, actual: actual.map(({ path, code, message }) => ({ path, code, message })) }];
}

/** The expected finding is among them. */
export function findingMissing(what: string, expected: ExpectedFinding, actual: Fault | undefined): Difference[] {
  return actual && fits(expected, actual) ? [] : [{ what, expected, actual }];
}

function fits({ path, code }: ExpectedFinding, found: Fault): boolean {
  return (path === undefined || path === found.path) && (code === undefined || code === found.code);
}
