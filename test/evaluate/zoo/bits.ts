/** What the engine makes of the beginning of a run, to the bit. */
import { createHash } from 'node:crypto';
import { openWasm } from '@dreampitch/compute';
import type { Algorithm, Options } from '@dreampitch/learning';
import type { Environment } from '@dreampitch/sim';

const SEED = 1;
const ITERATIONS = 8; // with updates in them: all programs of a run have run by then
const EPISODES = 2;
const EPISODE_STEPS_MAX = 1001;

const known = new Map<string, Promise<string>>();

/**
 * Hex SHA-256 of a run's state (weights, optimiser, worlds, replay) after its first updates, and of two
 * episodes of its policy. Runs are their seed's alone to the bit, so where this stays as it was, the
 * compiler and the tensor engine may have changed their text and speed, but not what they compute.
 */
export function bitsOf(o: {
  algorithm: Algorithm;
  environment: Environment;
  options: Options;
}): Promise<string> {
  const key = JSON.stringify([o.algorithm.id, o.environment.id, o.options]);
  const bits = known.get(key) ?? begun(o);
  known.set(key, bits);
  return bits;
}

async function begun({ algorithm, environment, options }: Parameters<typeof bitsOf>[0]) {
  using compute = await openWasm({ threadCount: 1 });
  using trainee = await algorithm.create(compute, { environment, options, seed: SEED });
  for (let learned = 0; learned < ITERATIONS && !trainee.isDone;) {
    const { losses } = await trainee.iteration();
    if (Object.keys(losses).length > 0) learned++;
  }
  const episodes = { episodes: EPISODES, seed: SEED, stepsMax: EPISODE_STEPS_MAX };
  const returns = await trainee.evaluate(episodes);
  const hash = createHash('sha256').update(await trainee.checkpoint());
  return hash.update(JSON.stringify(returns)).digest('hex');
}
