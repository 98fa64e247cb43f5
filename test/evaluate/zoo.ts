/**
 * Algorithms on the classic tasks beside the scores that rl-baselines3-zoo publishes for the same
 * algorithm and the same number of steps (github.com/DLR-RM/rl-baselines3-zoo, benchmark.md): the final
 * policy of five seeds, 100 episodes each, by the interquartile mean; the difference in standard errors
 * of those 100 episodes. Results are kept in .cache/zoo.json, so a command that was stopped goes on.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { Dqn, DQN_CART_POLE, Ppo, ppoDefaultsFor } from '@dreampitch/learning';
import { type Environment, environmentById } from '@dreampitch/sim';
import { type Figure, figureOf } from '../bench/figure.ts';

const SEEDS = [1, 2, 3, 4, 5];
const EVALUATION_SEED = 1000;
const EPISODES = 100;
const KEPT = join(import.meta.dirname, '..', '..', '.cache', 'zoo.json');

type Entry = {
  readonly name: string;
  readonly environment: string;
  /** As printed with the result, and part of what a kept result is known by. */
  readonly options: object;
  readonly published: number;
  readonly stepsMax: number; // of an episode, and one
  create(compute: WasmCompute, o: { environment: Environment; seed: number }): Promise<Trainee>;
};

/** What all algorithms have in common. */
interface Trainee extends Disposable {
  readonly isDone: boolean;
  iteration(): Promise<unknown>;
  evaluate(o: { episodes: number; seed: number; stepsMax: number }): Promise<number[]>;
}

const ENTRIES: readonly Entry[] = [
  {
    name: 'ppo.cartpole',
    environment: 'CartPole-v1',
    options: ppoDefaultsFor(environmentById('CartPole-v1')!),
    published: 500,
    stepsMax: 501,
    create: (compute, o) => Ppo.create(compute, o),
  },
  {
    name: 'dqn.cartpole',
    environment: 'CartPole-v1',
    options: DQN_CART_POLE,
    published: 500,
    stepsMax: 501,
    create: (compute, o) => Dqn.create(compute, { ...o, options: DQN_CART_POLE }),
  },
];

type Kept = Record<string, number[]>;

export async function evaluate(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const entry of ENTRIES) {
    console.log(`${entry.name}, seeds ${SEEDS.join(', ')}: ${JSON.stringify(entry.options)}`);
    const means: number[] = [];
    const errors: number[] = [];
    for (const seed of SEEDS) {
      const returns = await returnsOf(entry, seed);
      means.push(meanOf(returns));
      errors.push(standardError(returns));
    }
    const score = interquartileMean(means);
    const spread: [number, number] = [Math.min(...means), Math.max(...means)];
    figures.push({ name: `${entry.name}.score`, value: score, unit: 'return', spread });
    // Where every episode comes out the same, any difference at all would be infinitely many.
    const error = Math.max(meanOf(errors), 1e-6);
    const over = means.map((mean) => (mean - entry.published) / error);
    const figure = figureOf(`${entry.name}.overPublished`, 'standard errors', over);
    figures.push({ ...figure, value: (score - entry.published) / error });
  }
  return figures;
}

/** Returns of the trained policy's episodes; trains unless that was done before. */
async function returnsOf(entry: Entry, seed: number): Promise<number[]> {
  const key = JSON.stringify([entry, seed, EVALUATION_SEED, EPISODES]);
  const kept: Kept = existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, 'utf8')) as Kept) : {};
  const done = kept[key];
  if (done) return done;
  using compute = await openWasm({ threadCount: 1 }); // batches are small
  const environment = environmentById(entry.environment)!;
  using trainee = await entry.create(compute, { environment, seed });
  while (!trainee.isDone) await trainee.iteration();
  const { stepsMax } = entry;
  const returns = await trainee.evaluate({ episodes: EPISODES, seed: EVALUATION_SEED, stepsMax });
  console.log(`${entry.name}, seed ${seed}: ${meanOf(returns).toFixed(1)}`);
  mkdirSync(dirname(KEPT), { recursive: true });
  writeFileSync(KEPT, JSON.stringify({ ...kept, [key]: returns }));
  return returns;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const mean = meanOf(values);
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}

/** The mean of the middle half: of five, the middle three, the outer two of them by three quarters. */
function interquartileMean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const quarter = sorted.length / 4;
  let total = 0;
  sorted.forEach((value, i) => {
    const from = Math.max(i, quarter);
    const to = Math.min(i + 1, sorted.length - quarter);
    total += value * Math.max(0, to - from);
  });
  return total / (sorted.length - 2 * quarter);
}
