import { Solitude } from './solitude';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function setup() {
  const solitude = new Solitude();
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    running.push(name);
    return new Promise<void>((end) => ends.set(name, () => (running.splice(running.indexOf(name), 1), end())));
  };
  const end = async (name: string) => {
    ends.get(name)!();
    await turn();
  };
  return { solitude, running, work, end };
}

it('what is suspicious runs when all before it has ended, and nothing starts until it has', async () => {
  const { solitude, running, work, end } = setup();
  void solitude.together(work('a'));
  void solitude.together(work('b'));
  void solitude.apart(work('suspect'));
  void solitude.together(work('c'));
  await turn();
  expect(running).toEqual(['a', 'b']);
  await end('a');
  expect(running).toEqual(['b']);
  await end('b');
  expect(running).toEqual(['suspect']);
  await end('suspect');
  expect(running).toEqual(['c']);
});

it('several suspects run one by one, in the order they came', async () => {
  const { solitude, running, work, end } = setup();
  for (const name of ['one', 'two', 'three']) void solitude.apart(work(name));
  await turn();
  for (const name of ['one', 'two', 'three']) {
    expect(running).toEqual([name]);
    await end(name);
  }
});

it('R1.16 the next starts only when the ack of the one before has had its time to leave', async () => {
  const solitude = new Solitude(20);
  const times: number[] = [];
  const work = () => Promise.resolve(void times.push(performance.now()));
  await Promise.all([solitude.apart(work), solitude.apart(work), solitude.together(work)]);
  // A timer may fire a millisecond early.
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(19);
  expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(19);
});

it('goes on after work that throws', async () => {
  const { solitude, running, work } = setup();
  await expect(solitude.apart(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  void solitude.together(work('next'));
  expect(running).toEqual(['next']);
});
