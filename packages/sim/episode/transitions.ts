import type { WasmCompute } from '@dreampitch/compute';
import { versionOf } from '../environment/version.ts';
import { SingleWorld } from '../match/world.ts';
import { environmentOf } from './environment-of.ts';
import type { Episode } from './episode.ts';
import { mismatchAt } from './mismatch.ts';

/** Axes: T ticks, R robots, D features; row-major. Observation t is what action t was chosen from. */
export type Transitions = {
  readonly shape: readonly [T: number, R: number, D: number];
  readonly observations: Float32Array<ArrayBuffer>; // [T + 1, R, D]
  readonly actions: Int8Array<ArrayBuffer>; // [T, R, 2]
  readonly rewards: Float32Array<ArrayBuffer>; // [T, R]
  readonly ends: Uint8Array<ArrayBuffer>; // [T]: TERMINATED, TRUNCATED
};

/**
 * What the robots saw, did and got, exactly, by stepping the episode again. Throws, in words for
 * people, where it is of another version, does not fit together, or comes to another state than one of
 * its key states: the numbers would be of another game.
 */
export async function transitions(compute: WasmCompute, episode: Episode): Promise<Transitions> {
  const environment = environmentOf(episode);
  const version = await versionOf(environment);
  if (version !== episode.version) {
    throw new Error(
      `This episode is of version ${episode.version.slice(0, 8)} of ${environment.id}, here is ` +
        `${version.slice(0, 8)}: it cannot be stepped again.`,
    );
  }
  const { rules, seed, tickCount: T, inputs } = episode;
  using world = await SingleWorld.create(compute, environment, { rules, seed });
  const R = environment.agentCount;
  const D = world.environment.observationSize;
  const observations = new Float32Array((T + 1) * R * D);
  const rewards = new Float32Array(T * R);
  const ends = new Uint8Array(T);
  observations.set(world.observations);
  if (episode.keyStates.some((key) => key.world.length !== world.fields.bytes)) {
    throw new Error(`This episode is damaged: its key states are none of ${environment.id}.`);
  }
  const keyStates = new Map(episode.keyStates.map((key) => [key.tick, key]));
  const prove = (tick: number) => {
    const key = keyStates.get(tick);
    const mismatch = key ? mismatchAt(world, key) : null;
    if (!mismatch) return;
    const { field, recorded, replayed } = mismatch;
    throw new Error(
      `This episode is not what was played: at tick ${tick}, ${field} is ${replayed}, and ` +
        `${recorded} was recorded.`,
    );
  };
  prove(0);
  for (let t = 0; t < T; t++) {
    world.actions.set(inputs.subarray(t * R * 2, (t + 1) * R * 2));
    world.step();
    world.observe();
    observations.set(world.observations, (t + 1) * R * D);
    rewards.set(world.rewards, t * R);
    ends[t] = world.end;
    prove(t + 1);
  }
  return { shape: [T, R, D], observations, actions: inputs.slice(), rewards, ends };
}
