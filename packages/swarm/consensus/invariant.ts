/** A bug of ours, not of a peer: stops the replica rather than let it decide wrongly. */
export function invariant(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`Consensus invariant broken: ${rule}`);
}
