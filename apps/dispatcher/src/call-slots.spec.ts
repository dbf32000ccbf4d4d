import { CallSlots } from './call-slots';

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

it('lets as many calls of one integration run as it may, and others wait their turn', async () => {
  const slots = new CallSlots();
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const call = (name: string) => () => {
    running.push(name);
    return new Promise<void>((resolve) => ends.set(name, resolve));
  };
  const limits = { concurrency: 2, ratePerSecond: undefined };
  const all = ['a', 'b', 'c', 'd'].map((name) => slots.run('one', limits, call(name)));
  const other = slots.run('other', limits, call('x'));
  await soon();
  expect(running).toEqual(['a', 'b', 'x']);
  ends.get('b')!();
  await soon();
  expect(running).toEqual(['a', 'b', 'x', 'c']);
  for (const name of ['a', 'c', 'x']) ends.get(name)!();
  await soon();
  ends.get('d')!();
  await Promise.all([...all, other]);
});

it('a call that fails frees its place', async () => {
  const slots = new CallSlots();
  const limits = { concurrency: 1, ratePerSecond: undefined };
  await expect(slots.run('one', limits, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(slots.run('one', limits, () => Promise.resolve('yes'))).resolves.toBe('yes');
});

it('starts no more calls per second than it may', async () => {
  const slots = new CallSlots();
  const starts: number[] = [];
  const call = async () => void starts.push(performance.now());
  await Promise.all(Array.from({ length: 6 }, () => slots.run('one', { concurrency: 9, ratePerSecond: 50 }, call)));
  // Timers may fire a millisecond early.
  expect(starts.at(-1)! - starts[0]!).toBeGreaterThanOrEqual(5 * 20 - 2);
});
