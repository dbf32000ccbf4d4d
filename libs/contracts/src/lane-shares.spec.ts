import fc from 'fast-check';
import { lanePriorities } from './lane-shares';

/** How many lanes each of the replicas that are there gets, when the highest priority wins. */
function sharesOf(present: number[], lanes: number): number[] {
  const priorities = present.map((replica) => lanePriorities(replica, lanes));
  const winners = Array.from({ length: lanes }, (_, lane) => {
    const offered = priorities.map((own) => own[lane]!);
    return offered.indexOf(Math.max(...offered));
  });
  return present.map((_, index) => winners.filter((winner) => winner === index).length);
}

it.each([
  [1, [8]],
  [2, [4, 4]],
  [3, [3, 3, 2]],
  [4, [2, 2, 2, 2]],
])('eight lanes are shared by %i replicas as %j', (replicas, shares) => {
  const present = Array.from({ length: replicas }, (_, replica) => replica);
  expect(sharesOf(present, 8)).toEqual(shares);
});

it('for any number of lanes and replicas, shares differ by one at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 12 }), (lanes, replicas) => {
      const shares = sharesOf(
        Array.from({ length: replicas }, (_, replica) => replica),
        lanes,
      );
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(lanes);
    }),
  );
});

it('a replica that leaves gives away its own lanes only, to any that is there', () => {
  const lanes = 16;
  const winnersAmong = (present: number[]) =>
    Array.from({ length: lanes }, (_, lane) =>
      present.reduce((best, replica) =>
        lanePriorities(replica, lanes)[lane]! > lanePriorities(best, lanes)[lane]! ? replica : best,
      ),
    );
  const all = winnersAmong([0, 1, 2, 3]);
  const without = winnersAmong([0, 1, 3]);
  all.forEach((owner, lane) => {
    if (owner !== 2) expect(without[lane]).toBe(owner);
  });
});
