import { checkCase } from './runner/check-case';
import { readCases } from './runner/read-cases';

const { base, areas } = readCases(__dirname);

describe.each(areas)('$name', ({ cases }) => {
  it.each(cases)('$title', (one) => expect(checkCase(one, base)).toEqual([]));
});

it('has at least 200 cases, each with a title of its own', () => {
  const titles = areas.flatMap(({ name, cases }) => cases.map(({ title }) => `${name}: ${title}`));
  expect(titles.length).toBeGreaterThanOrEqual(200);
  expect(new Set(titles).size).toBe(titles.length);
});
