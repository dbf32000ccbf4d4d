import type { Json, JsonObject } from '@patchbay/edi';
import { join } from 'node:path';
import type { Case } from './case';
import { checkCase } from './check-case';
import { readCases } from './read-cases';

const { base, areas } = readCases(join(__dirname, '..'));

/** Every way to make one leaf of an expectation wrong. */
function wrongFormsOf(value: Json, name = ''): Json[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'string') return [`${value}?`];
  if (value === null) return ['not null'];
  if (Array.isArray(value)) return [[...value, /faults|warnings/i.test(name) ? { path: 'nowhere' } : 'nothing']];
  const members = Object.entries(value);
  if (members.length === 0) return [{ path: 'nowhere' }];
  return members.flatMap(([key, inner]) => wrongFormsOf(inner, key).map((wrong) => ({ ...value, [key]: wrong })));
}

describe.each(areas)('$name', ({ cases }) => {
  it('fails when any one part of an expectation is wrong', () => {
    const passing = cases.filter((one) => checkCase(one, base).length === 0);
    const unnoticed = passing.flatMap((one) =>
      wrongFormsOf(one.expect as unknown as JsonObject)
        .map((expect) => ({ ...one, expect }) as Case)
        .filter((wrong) => checkCase(wrong, base).length === 0)
        .map(({ title, expect }) => `${title}: ${JSON.stringify(expect).slice(0, 200)}`),
    );
    expect(unnoticed).toEqual([]);
  });
});

it('refuses a case with a member it does not know', () => {
  const misspelt = { ...areas[0]!.cases[0]!, expect: { warning: [] } } as Case;
  expect(checkCase(misspelt, base)).toEqual([expect.objectContaining({ actual: ['warning'] })]);
});
