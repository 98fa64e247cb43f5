/** Episodes of a policy, played to their ends. */
import type { Compute } from '@dreampitch/compute';
import type { Environment, Policy } from '@dreampitch/sim';
import type { EvaluateOptions } from './algorithm.ts';
import { Play } from './play.ts';

/** Ticks per submission: whether all are over is asked between. */
const TICKS_PER_SUBMIT = 64;

/** Returns of the first episode of so many worlds; of several actors in a world, their mean. */
export async function returnsOf(
  compute: Compute,
  o: EvaluateOptions & {
    readonly environment: Environment;
    readonly policy: Policy;
    readonly opponents?: readonly Policy[];
  },
): Promise<number[]> {
  const { environment, policy, episodes } = o;
  const ticksPerAction = policy.ticksPerAction ?? 1;
  const shape = { environment, worldCount: episodes, ticksPerAction, keepsAfter: false };
  using play = await Play.create(compute, { ...shape, opponents: o.opponents });
  using attached = await policy.attach(play.worlds, play.actors.agents);
  const decision = play.decision(attached.dispatches);
  play.reset(o.seed);
  let returns = await play.firstReturns();
  for (let tick = 0; tick < o.stepsMax && !returns.every(({ ended }) => ended);) {
    const times = Math.ceil(Math.min(TICKS_PER_SUBMIT, o.stepsMax - tick) / ticksPerAction);
    compute.submit(decision, { times });
    tick += times * ticksPerAction;
    returns = await play.firstReturns();
  }
  const team = play.actors.count / episodes;
  return Array.from({ length: episodes }, (_, n) => {
    const mates = returns.slice(n * team, (n + 1) * team);
    return mates.reduce((sum, { value }) => sum + value, 0) / team;
  });
}
