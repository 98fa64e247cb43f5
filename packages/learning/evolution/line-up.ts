/**
 * Who plays in which world: pure arithmetic. Axes: M members, W worlds per member ("slots"), E
 * evaluation worlds, R agents per world, TEAM of them the player's. World m * W + w is member m's
 * slot w; the evaluation worlds follow. The player's team is blue in even worlds, orange in odd ones.
 */
import { pcgHashOf, uniformBelow } from '../random/pcg.ts';

export type LineUpShape = {
  readonly memberCount: number; // M
  readonly worldsPerMember: number; // W
  readonly evaluationWorlds: number; // E
  readonly agentCount: number; // R
  readonly scriptedShare: number;
};

export type LineUp = {
  readonly worldCount: number; // N
  /** Agents of a player's team: half of all, or all where there is only one. */
  readonly team: number;
  /** Slots against policies; the later ones are against the pool. */
  readonly scriptedSlots: number;
  /**
   * Agents driven by networks: the members' [M * W * TEAM], the mean player's [E * TEAM], the pool's
   * [slots, M * (R - TEAM)].
   */
  readonly networkAgents: Uint32Array<ArrayBuffer>;
  /** Agents of the opponents that are policies: of slots below `scriptedSlots`, and evaluation. */
  readonly scriptedAgents: Uint32Array<ArrayBuffer>;
};

export function lineUpOf(shape: LineUpShape): LineUp {
  const { memberCount: M, worldsPerMember: W, evaluationWorlds: E, agentCount: R } = shape;
  const team = Math.max(1, R >> 1);
  const opposed = team < R;
  // Even, so that both sides of the pitch meet both kinds of opponents.
  const scriptedSlots = opposed ? 2 * Math.round((W * shape.scriptedShare) / 2) : W;
  const worldCount = M * W + E;
  const worlds = Array.from({ length: worldCount }, (_, n) => n);
  const own = (n: number) => agentsOf(n, { first: (n & 1) * (R - team), count: team, R });
  const theirs = (n: number) => agentsOf(n, { first: (1 - (n & 1)) * team, count: R - team, R });
  const pooled = range(scriptedSlots, W).flatMap((w) =>
    range(0, M).flatMap((m) => theirs(m * W + w)),
  );
  return {
    worldCount,
    team,
    scriptedSlots,
    networkAgents: Uint32Array.from([...worlds.flatMap(own), ...pooled]),
    scriptedAgents: Uint32Array.from(
      worlds.filter((n) => n >= M * W || n % W < scriptedSlots).flatMap(theirs),
    ),
  };
}

function agentsOf(n: number, o: { first: number; count: number; R: number }): number[] {
  return range(0, o.count).map((i) => n * o.R + o.first + i);
}

function range(from: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - from) }, (_, i) => from + i);
}

/**
 * Network index of every four `networkAgents` in a generation: members 0 .. M - 1, the mean M, pool
 * entry k M + 1 + k, drawn per slot, the same for all members.
 */
export function networksOf(
  shape: LineUpShape,
  lineUp: LineUp,
  pool: { readonly seed: number; readonly generation: number; readonly count: number },
): Uint32Array<ArrayBuffer> {
  const { memberCount: M, worldsPerMember: W, evaluationWorlds: E, agentCount: R } = shape;
  const of = new Uint32Array(lineUp.networkAgents.length / 4);
  const groupsPerMember = (W * lineUp.team) / 4;
  const groupsOfMean = (E * lineUp.team) / 4;
  const groupsPerSlot = (M * (R - lineUp.team)) / 4;
  for (let g = 0; g < of.length; g++) {
    const behindMembers = g - M * groupsPerMember;
    const behindMean = behindMembers - groupsOfMean;
    if (behindMembers < 0) of[g] = Math.floor(g / groupsPerMember);
    else if (behindMean < 0) of[g] = M;
    else {
      const slot = Math.floor(behindMean / groupsPerSlot);
      const bits = pcgHashOf(pool.seed, pool.generation, slot, POOL_STREAM);
      of[g] = M + 1 + uniformBelow(bits, pool.count);
    }
  }
  return of;
}

/** Seeds of all worlds in a generation: slot w starts alike for every member. */
export function seedsOf(
  shape: LineUpShape,
  at: { readonly seed: number; readonly generation: number },
): Uint32Array<ArrayBuffer> {
  const { memberCount: M, worldsPerMember: W, evaluationWorlds: E } = shape;
  return Uint32Array.from({ length: M * W + E }, (_, n) => {
    const slot = n < M * W ? n % W : n - M * W + W;
    return pcgHashOf(at.seed, at.generation, slot, WORLD_STREAM);
  });
}

// Streams apart from each other and from the noise's, which hashes three numbers.
const POOL_STREAM = 0x706f6f6c;
const WORLD_STREAM = 0x776f726c;
