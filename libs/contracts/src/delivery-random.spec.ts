import { v5 } from 'uuid';
import { randomOf } from './delivery-random';

const integration = '0193a1b2-0000-7000-8000-000000000001';

it('a delivery draws the same number whenever it is asked, another event another', () => {
  const first = randomOf('e1', integration, v5);
  expect(randomOf('e1', integration, v5)).toBe(first);
  expect(randomOf('e2', integration, v5)).not.toBe(first);
});

it('the numbers lie evenly between 0 and 1', () => {
  const drawn = Array.from({ length: 1_000 }, (_, n) => randomOf(`e${n}`, integration, v5));
  expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(drawn.filter((value) => value < 0.5).length).toBeGreaterThan(440);
  expect(drawn.filter((value) => value < 0.5).length).toBeLessThan(560);
});
