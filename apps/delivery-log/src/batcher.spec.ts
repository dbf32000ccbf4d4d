import { Batcher } from './batcher';

class BadItem extends Error {}

function setup(commit: (items: number[]) => Promise<void> = async () => undefined, atOnce?: number) {
  const commits: number[][] = [];
  const batcher = new Batcher<number>({
    commit: (items) => (commits.push(items), commit(items)),
    weigh: (item) => item,
    maxWeight: 10,
    ...(atOnce && { atOnce }),
    faultOf: (error) => (error instanceof BadItem ? error.message : undefined),
  });
  return { commits, batcher };
}

test('what comes together is committed together, up to the weight', async () => {
  const { commits, batcher } = setup();
  await Promise.all([1, 2, 3, 8, 20, 1].map((item) => batcher.add(item)));
  expect(commits).toEqual([[1, 2, 3], [8], [20], [1]]);
});

test('what comes during a commit goes into the next', async () => {
  const { commits, batcher } = setup(() => new Promise((resolve) => setImmediate(resolve)));
  const first = batcher.add(1);
  await new Promise(process.nextTick);
  await Promise.resolve();
  await Promise.all([first, batcher.add(2), batcher.add(3)]);
  expect(commits).toEqual([[1], [2, 3]]);
});

test('as many commits run at once as are allowed, and no item is in two', async () => {
  let [running, most] = [0, 0];
  const { commits, batcher } = setup(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  }, 3);
  const items = [8, 9, 10, 11, 12, 13, 14];
  await Promise.all(items.map((item) => batcher.add(item)));
  expect(most).toBe(3);
  expect(commits.flat().sort((one, other) => one - other)).toEqual(items);
});

test('a bad item gets its fault, its neighbours are committed', async () => {
  const { commits, batcher } = setup(async (items) => {
    if (items.includes(2)) throw new BadItem('two is bad');
  });
  expect(await Promise.all([1, 2, 3].map((item) => batcher.add(item)))).toEqual([undefined, 'two is bad', undefined]);
  expect(commits).toEqual([[1, 2, 3], [1], [2], [3]]);
});

test('when nothing can be committed all are told, and the next one is tried again', async () => {
  let broken = true;
  const { batcher } = setup(async () => {
    if (broken) throw new Error('away');
  });
  const results = await Promise.allSettled([1, 2].map((item) => batcher.add(item)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await batcher.add(3)).toBeUndefined();
});
