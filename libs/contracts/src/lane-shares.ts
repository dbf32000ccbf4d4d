/**
 * Consumer priorities by lane for one replica. Replicas are numbered 0, 1, 2, ...; as each joins in that order it takes
 * lanes, one at a time, from whoever holds most, until shares are even. On a lane that it takes its priority is its
 * number + 1, on all others 0: the broker elects the highest that is there, so lanes are shared out evenly, and move
 * only as far as they must when a replica comes or goes.
 */
export function lanePriorities(replica: number, lanes: number): number[] {
  const owners = new Array<number>(lanes).fill(0);
  for (let joining = 1; joining <= replica; joining++) takeShare(joining, owners);
  return owners.map((owner) => (owner === replica ? replica + 1 : 0));
}

function takeShare(joining: number, owners: number[]): void {
  const share = Math.floor(owners.length / (joining + 1));
  for (let taken = 0; taken < share; taken++) {
    const held = heldBy(owners, joining);
    const most = held.indexOf(Math.max(...held));
    owners[owners.lastIndexOf(most)] = joining;
  }
}

/** How many lanes each replica before `joining` holds. */
function heldBy(owners: number[], joining: number): number[] {
  return Array.from({ length: joining }, (_, replica) => owners.filter((owner) => owner === replica).length);
}
