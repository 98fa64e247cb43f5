/** Who decides: majorities, plain and joint (dissertation section 4.3). */
import type { Configuration, NodeId } from './message.ts';
import type { Rules } from './rules.ts';

export const NO_MEMBERS: Configuration = { voters: [], votersOutgoing: [], learners: [] };

export function isJoint(configuration: Configuration): boolean {
  return configuration.votersOutgoing.length > 0;
}

export function isVoter(configuration: Configuration, id: NodeId): boolean {
  return configuration.voters.includes(id) || configuration.votersOutgoing.includes(id);
}

/** Everyone the leader replicates to, each once. */
export function members(configuration: Configuration): NodeId[] {
  const { voters, votersOutgoing, learners } = configuration;
  return [...new Set([...voters, ...votersOutgoing, ...learners])];
}

/** Of a configuration on the wire, at most: ids are mostly ASCII, each after its length. */
export function configurationBytes(configuration: Configuration): number {
  const { voters, votersOutgoing, learners } = configuration;
  let bytes = 0;
  for (const ids of [voters, votersOutgoing, learners])
    for (const id of ids) bytes += id.length + 2;
  return bytes;
}

/** The largest value that a majority of `ids` has reached. */
function majorityValue(ids: readonly NodeId[], need: number, valueOf: (id: NodeId) => number) {
  const values: number[] = [];
  for (const id of ids) {
    const value = valueOf(id);
    let place = values.length;
    while (place > 0 && values[place - 1]! < value) place--;
    values.splice(place, 0, value);
  }
  return values[need - 1] ?? Number.NEGATIVE_INFINITY;
}

/**
 * The largest value that a quorum has reached: of match indexes what may be committed, of times
 * since when a quorum is known to listen. No voters: nothing is decided.
 */
export function quorumValue(
  configuration: Configuration,
  rules: Rules,
  valueOf: (id: NodeId) => number,
): number {
  const { voters, votersOutgoing, learners } = configuration;
  const counted = rules.learnersDoNotCount ? voters : [...voters, ...learners];
  const need = rules.majorityDecides ? (voters.length >> 1) + 1 : (voters.length + 1) >> 1;
  const value = majorityValue(counted, need, valueOf);
  if (votersOutgoing.length === 0 || !rules.bothMajorities) return value;
  return Math.min(value, majorityValue(votersOutgoing, (votersOutgoing.length >> 1) + 1, valueOf));
}

/** Is `granted` a quorum? */
export function isQuorum(
  configuration: Configuration,
  rules: Rules,
  granted: (id: NodeId) => boolean,
): boolean {
  return quorumValue(configuration, rules, (id) => (granted(id) ? 1 : 0)) === 1;
}
