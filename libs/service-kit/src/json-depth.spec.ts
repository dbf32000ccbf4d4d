import { jsonDepth } from './json-depth';

it.each([
  ['', 0],
  ['42', 0],
  ['{}', 1],
  ['[[],[[]]]', 3],
  ['{"a":[{"b":1}],"c":{}}', 3],
  ['["[[[","{\\"[["]', 1],
  ['["\\\\",[]]', 2],
  ['["unfinished', 1],
])('%s nests %d deep', (text, depth) => {
  expect(jsonDepth(Buffer.from(text))).toBe(depth);
});
