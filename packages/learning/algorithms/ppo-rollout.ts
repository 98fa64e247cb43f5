/**
 * What ppo.ts keeps on the device and how a rollout gets there: the program that acts, the kernels of
 * ppo.wgsl and their memory. Axes: T steps, L actors, D features, A numbers.
 */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import { input } from '../tensor/operators.ts';
import { Program, type Update } from '../tensor/program.ts';
import { noiseSeed } from './noise-seed.ts';
import { statisticsOf } from './normalise.ts';
import type { Play } from './play.ts';
import ppoWgsl from './ppo.wgsl';
import type { ActorCritic } from './ppo-networks.ts';
import type { PpoOptions } from './ppo-options.ts';
import type { Own } from './run.ts';

export type Buffers = Readonly<Record<string, ComputeBuffer>>;

export function createBuffers(own: Own, play: Play, options: PpoOptions): Buffers {
  const { compute } = play.worlds;
  const { count: L, space } = play.actors;
  const count = options.stepCount * L;
  const numbers = space.kind === 'numbers' ? space.count : 1;
  const words: Record<string, number> = {
    turn: 1,
    keptSeen: count * space.inputs,
    keptDrawn: count * numbers,
    kept: 4 * count,
    learned: 4 * count,
    running: L,
    sums: count,
  };
  for (const { name, shape } of statisticsOf(space.inputs)) {
    words[name] = shape.reduce((a, b) => a * b, 1);
  }
  return Object.fromEntries(
    Object.entries(words).map(([name, size]) => {
      return [name, own(compute.createBuffer({ label: `ppo: ${name}`, bytes: 4 * size }))];
    }),
  );
}

/** From what actors see: what is drawn, its log chance, the values. */
export async function actProgram(
  compute: Compute,
  o: { networks: ActorCritic; play: Play; learn: Program; buffers: Buffers; options: PpoOptions },
): Promise<{ program: Program; updates: readonly Update[] }> {
  const { networks, play, learn, buffers } = o;
  const { actors } = play;
  const seen = input('seen', [actors.count, networks.space.inputs]);
  const noise = noiseSeed(o.options.noiseSteps);
  const chances = networks.chances(seen);
  const drawn = chances.draw(noise.seed);
  const bound: Record<string, ComputeBuffer> = { ...buffers, seen: actors.seen };
  for (const { name } of networks.weights) bound[name] = learn.buffer(name);
  const outputs = { drawn, logChance: chances.logChance(drawn), values: networks.values(seen) };
  const { updates } = noise;
  return { program: await Program.create(compute, { outputs, updates, bound }), updates };
}

/** ppo.wgsl around the programs: what acts in one decision, what keeps its outcome, the look back. */
export async function kernelsOf(
  compute: Compute,
  o: { play: Play; buffers: Buffers; act: Program; options: PpoOptions },
): Promise<Record<'acting' | 'keeping' | 'lookBack', Dispatch[]>> {
  const { play, act, options, buffers } = o;
  const { actors } = play;
  const { count: L, space } = actors;
  const constants = {
    ACTORS: L,
    STEPS: options.stepCount,
    FEATURES: space.inputs,
    NUMBERS: space.kind === 'numbers' ? space.count : 1,
    DISCOUNT: options.discount,
    LAMBDA: options.lambda,
    REWARD_MAX: options.normalises ? 10 : 0,
  };
  const all: Record<string, ComputeBuffer> = {
    ...buffers,
    rewardScale: buffers['gained.scale']!,
    seen: actors.seen,
    outcome: play.outcome,
    drawn: act.buffer('drawn'),
    logChances: act.buffer('logChance'),
    values: act.buffer('values'),
  };
  const prepare = async (entry: string, names: string, invocations: number): Promise<Dispatch> => {
    const label = `ppo: ${entry}`;
    const kernel = await compute.createKernel({ label, wgsl: ppoWgsl, entry, constants });
    const bindings = Object.fromEntries(names.split(' ').map((name) => [name, all[name]!]));
    return kernel.prepare({ bindings, invocations });
  };
  const addUp = await prepare('addUp', 'kept running sums', L);
  return {
    acting: [
      actors.see,
      await prepare('keepSeen', 'turn seen keptSeen', L * space.inputs),
      ...act.dispatches,
      await prepare('keepDrawn', 'turn drawn logChances values keptDrawn kept', L),
      await actors.decide(act.buffer('drawn')),
    ],
    keeping: [
      await prepare('keepOutcome', 'turn outcome kept', L),
      await prepare('advance', 'turn', 1),
    ],
    lookBack: [
      actors.see,
      ...act.dispatches, // the values after the last step
      await prepare('lookBack', 'kept values rewardScale learned', L),
      ...(options.normalises ? [addUp] : []),
    ],
  };
}
