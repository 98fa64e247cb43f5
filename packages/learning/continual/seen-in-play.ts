/**
 * What a policy sees while it plays, all parts of its episodes alike. Axes: N worlds, L actors, K examples, D
 * features.
 */
import type { Compute } from '@dreampitch/compute';
import type { Environment, Policy } from '@dreampitch/sim';
import { Play } from '../algorithms/play.ts';
import { type PolicyNetwork, policyOf } from '../algorithms/policy-network.ts';
import { pcgHashOf } from '../random/pcg.ts';

export type SeenOptions = {
  readonly network: PolicyNetwork;
  readonly environment: Environment;
  readonly opponents: readonly Policy[];
  readonly count: number; // K
  readonly seed: number; // u32
};

const WORLDS = 64; // N
/** Between two looks at the worlds: what is seen in a row is much alike. */
const TICKS_PER_LOOK = 12;
/** Between two looks at whether every actor has come to the end of an episode. */
const LOOKS_PER_ROUND = 16;
/** After which episodes without an end are left; a minute of soccer. */
const TICKS_MAX = 3600;

/**
 * Observations [K, D], drawn evenly from all that is seen until every actor has ended an episode: all
 * worlds start at once, so the first looks are of beginnings only.
 */
export async function seenInPlay(
  compute: Compute,
  { network, environment, opponents, count: K, seed }: SeenOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const { ticksPerAction } = network;
  const shape = { environment, worldCount: WORLDS, ticksPerAction, opponents, keepsAfter: true };
  using play = await Play.create(compute, shape);
  using attached = await policyOf(network).attach(play.worlds, play.actors.agents);
  const decision = play.decision(attached.dispatches);
  play.reset(seed);
  const D = play.actors.space.inputs;
  const kept = new Float32Array(K * D);
  const times = Math.ceil(TICKS_PER_LOOK / ticksPerAction);
  let [rows, ticks, ended] = [0, 0, false];
  while (rows < K || (!ended && ticks < TICKS_MAX)) {
    for (let look = 0; look < LOOKS_PER_ROUND; look++) {
      compute.submit(decision, { times });
      const seen = new Float32Array((await compute.read(play.after)).buffer);
      for (let l = 0; l < play.actors.count; l++) {
        const place = reservoirPlace(rows++, { size: K, seed });
        if (place < K) kept.set(seen.subarray(l * D, (l + 1) * D), place * D);
      }
    }
    ticks += LOOKS_PER_ROUND * times * ticksPerAction;
    ended = (await play.firstReturns()).every((one) => one.ended);
  }
  return kept;
}

/** Where the row goes so that all rows so far are as likely to be kept (Vitter 1985, algorithm R). */
function reservoirPlace(row: number, { size, seed }: { size: number; seed: number }): number {
  return row < size ? row : Math.floor((pcgHashOf(seed, row) / 2 ** 32) * (row + 1));
}
