/**
 * Algorithms on the classic tasks beside the scores that rl-baselines3-zoo publishes for the same
 * algorithm and the same number of steps (github.com/DLR-RM/rl-baselines3-zoo, benchmark.md): the final
 * policy of every seed, 100 episodes each, by the interquartile mean over the seeds; the difference in
 * standard errors of those 100 episodes. And runs that are five times as long, whose end is held against
 * their peak. Every run is kept every half minute and as it ends, so a command that was stopped goes on,
 * and the table in zoo/results.md is written anew.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { algorithmById, decodeTraining, type Trainee } from '@dreampitch/learning';
import { environmentById, versionOf } from '@dreampitch/sim';
import { type Figure, figureOf } from '../bench/figure.ts';
import { sourceHash } from './zoo/source-hash.ts';
import { interquartileMean, meanOf, standardError } from './zoo/statistics.ts';

const EVALUATION_SEED = 1000;
const EPISODES = 100;
const EPISODE_STEPS_MAX = 1001; // one more than the longest of these tasks

type Task = {
  readonly algorithm: string;
  readonly environment: string;
  readonly seeds: readonly number[];
};
type Row = Task & { readonly published: number };

const FIVE = [1, 2, 3, 4, 5];
const THREE = [1, 2, 3];

const ROWS: readonly Row[] = [
  { algorithm: 'ppo', environment: 'CartPole-v1', published: 500, seeds: FIVE },
  { algorithm: 'ppo', environment: 'Acrobot-v1', published: -73.5, seeds: FIVE },
  { algorithm: 'ppo', environment: 'Pendulum-v1', published: -172.2, seeds: FIVE },
  { algorithm: 'ppo', environment: 'MountainCarContinuous-v0', published: 88.3, seeds: FIVE },
  { algorithm: 'sac', environment: 'Pendulum-v1', published: -157, seeds: THREE },
  { algorithm: 'sac', environment: 'MountainCarContinuous-v0', published: 94.7, seeds: THREE },
  { algorithm: 'dqn', environment: 'CartPole-v1', published: 500, seeds: FIVE },
  { algorithm: 'dqn', environment: 'MountainCar-v0', published: -100.8, seeds: FIVE },
  { algorithm: 'dqn', environment: 'Acrobot-v1', published: -76.6, seeds: FIVE },
];

/** Runs of five times the steps; evaluated at so many equal parts of them, and before. */
const LONG_ROWS: readonly Task[] = [
  { algorithm: 'ppo', environment: 'CartPole-v1', seeds: THREE },
  { algorithm: 'sac', environment: 'Pendulum-v1', seeds: [1] },
];
const LONGER = 5;
const LONG_PARTS = 20;

/**
 * Kept results are known by all that decides them: the task and its version, the options, the seeds, the
 * count of episodes, and a hash of the text of packages/learning/{algorithms,random,tensor} and of
 * packages/compute (not of tests, nor of tables of options, whose values are in it). A change of that
 * text trains anew.
 */
const KEPT = join(import.meta.dirname, '..', '..', '.cache', 'zoo');
const RESULTS = join(import.meta.dirname, 'zoo', 'results.md');

/** Returns [EPISODES] at every point of a run; a usual one has its end only. */
type Result = { readonly returns: readonly (readonly number[])[]; readonly seconds: number };

/** `trains` false: only what is kept, where all seeds of a row are. */
export async function evaluate({ trains } = { trains: true }): Promise<Figure[]> {
  const figures: Figure[] = [];
  const lines: string[] = [];
  const missing: string[] = [];
  for (const row of ROWS) {
    const results = await resultsOf(row, { longer: 1, parts: 0, trains });
    if (results.length < row.seeds.length) {
      missing.push(`${nameOf(row)} (${results.length} of ${row.seeds.length} seeds)`);
      continue;
    }
    const ends = results.map(({ returns }) => returns.at(-1)!);
    const means = ends.map(meanOf);
    const score = interquartileMean(means);
    const name = nameOf(row);
    const spread: [number, number] = [Math.min(...means), Math.max(...means)];
    figures.push({ name: `${name}.score`, value: score, unit: 'return', spread });
    // Where every episode comes out the same, any difference at all would be infinitely many.
    const error = Math.max(meanOf(ends.map(standardError)), 1e-6);
    const over = means.map((mean) => (mean - row.published) / error);
    const value = (score - row.published) / error;
    figures.push({ ...figureOf(`${name}.overPublished`, 'standard errors', over), value });
    const shown = means.map((mean) => mean.toFixed(1)).join(', ');
    const seconds = meanOf(results.map((result) => result.seconds)).toFixed(0);
    const steps = stepsOf(row, 1).toLocaleString('en');
    lines.push(
      `| ${row.algorithm} | ${row.environment} | ${steps} | ${row.published} | ${score.toFixed(1)} | ` +
        `${error.toFixed(1)} | ${value.toFixed(2)} | ${shown} | ${seconds} |`,
    );
  }
  const long: string[] = [];
  for (const row of LONG_ROWS) {
    const results = await resultsOf(row, { longer: LONGER, parts: LONG_PARTS, trains });
    if (results.length < row.seeds.length) {
      missing.push(`${nameOf(row)} x ${LONGER} (${results.length} of ${row.seeds.length} seeds)`);
      continue;
    }
    const { figure, line } = longRun(row, results);
    figures.push(figure);
    long.push(line);
  }
  writeFileSync(RESULTS, tableOf({ lines, long, missing }));
  return figures;
}

/** The end over the peak, both as gains over the policy before any training. */
function longRun(row: Task, results: readonly Result[]): { figure: Figure; line: string } {
  const curves = results.map(({ returns }) => returns.map(meanOf));
  const shares = curves.map((curve) => {
    const [first, peak, end] = [curve[0]!, Math.max(...curve), curve.at(-1)!];
    return (end - first) / (peak - first);
  });
  const figure = figureOf(`${nameOf(row)}.endOverPeak`, 'x', shares);
  const shown = curves.map((curve, i) => {
    const [first, peak, end] = [curve[0]!, Math.max(...curve), curve.at(-1)!];
    return `${first.toFixed(0)} / ${peak.toFixed(1)} / ${end.toFixed(1)} (${shares[i]!.toFixed(3)})`;
  });
  const steps = stepsOf(row, LONGER).toLocaleString('en');
  const line = `| ${row.algorithm} | ${row.environment} | ${steps} | ${shown.join('; ')} |`;
  return { figure, line };
}

function nameOf(row: Task): string {
  return `${row.algorithm}.${row.environment.replace(/-v\d$/, '').toLowerCase()}`;
}

function optionsOf(row: Task, longer: number) {
  const environment = environmentById(row.environment)!;
  const options = algorithmById(row.algorithm)!.defaultsFor(environment);
  return { ...options, stepsMax: longer * Number(options['stepsMax']) };
}

const stepsOf = (row: Task, longer: number) => optionsOf(row, longer).stepsMax;

type ResultOptions = { readonly longer: number; readonly parts: number; readonly trains: boolean };

async function resultsOf(row: Task, o: ResultOptions): Promise<Result[]> {
  const options = optionsOf(row, o.longer);
  console.log(`${nameOf(row)}, seeds ${row.seeds.join(', ')}: ${JSON.stringify(options)}`);
  const results: Result[] = [];
  for (const seed of row.seeds) {
    const environment = environmentById(row.environment)!;
    const version = await versionOf(environment);
    const key = JSON.stringify({
      algorithm: row.algorithm,
      environment: row.environment,
      version,
      options,
      seed,
      parts: o.parts,
      EVALUATION_SEED,
      EPISODES,
      source: sourceHash(),
    });
    const file = join(KEPT, `${nameOf(row)}-x${o.longer}-${seed}`);
    mkdirSync(KEPT, { recursive: true });
    const kept = keptResult(file, key);
    if (!o.trains && !kept?.isDone) continue;
    const result = kept?.isDone ? kept : await train(row, { ...o, options, seed, file, key, kept });
    const end = meanOf(result.returns.at(-1)!).toFixed(1);
    console.log(`${nameOf(row)}, seed ${seed}: ${end} (${result.seconds.toFixed(0)} s)`);
    results.push(result);
  }
  return results;
}

/** As it was kept, in parts or done; null: not, or of other settings or code. */
type Kept = Result & { readonly key: string; readonly isDone: boolean };

function keptResult(file: string, key: string): Kept | null {
  try {
    const kept = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as Kept;
    return kept.key === key ? kept : null;
  } catch {
    return null; // none, or half a file of a command that was stopped
  }
}

/** Seconds of training between two checkpoints. */
const CHECKPOINT_SECONDS = 30;

type TrainOptions = {
  readonly options: ReturnType<typeof optionsOf>;
  readonly seed: number;
  readonly parts: number;
  readonly file: string;
  readonly key: string;
  readonly kept: Kept | null;
};

async function train(row: Task, o: TrainOptions): Promise<Result> {
  const { options, parts, key, file } = o;
  const start = performance.now();
  const before = o.kept?.seconds ?? 0;
  const returns = [...(o.kept?.returns ?? [])];
  const seconds = () => before + (performance.now() - start) / 1000;
  using compute = await openWasm({ threadCount: 1 }); // batches are small
  using trainee = await begunOrResumed(compute, row, o);
  const keep = async (isDone: boolean) => {
    if (!isDone) writeFileSync(`${file}.checkpoint`, await trainee.checkpoint());
    const kept: Kept = { key, returns, seconds: seconds(), isDone };
    writeFileSync(`${file}.json`, JSON.stringify(kept));
    return kept;
  };
  let keptAt = seconds();
  while (!trainee.isDone) {
    if (parts > 0 && trainee.steps >= (returns.length * options.stepsMax) / parts) {
      returns.push(await evaluated(trainee));
    }
    await trainee.iteration();
    if (seconds() - keptAt < CHECKPOINT_SECONDS) continue;
    await keep(false);
    keptAt = seconds();
  }
  returns.push(await evaluated(trainee));
  rmSync(`${file}.checkpoint`, { force: true });
  return await keep(true);
}

async function begunOrResumed(
  compute: WasmCompute,
  row: Task,
  { options, seed, file, kept }: TrainOptions,
): Promise<Trainee> {
  const algorithm = algorithmById(row.algorithm)!;
  const environment = environmentById(row.environment)!;
  if (kept) {
    const decoded = decodeTraining(new Uint8Array(readFileSync(`${file}.checkpoint`)));
    if (!decoded.ok) throw new Error(`${file}.checkpoint: ${decoded.message} Delete ${file}.json.`);
    return await algorithm.resume(compute, { environment, checkpoint: decoded.checkpoint });
  }
  return await algorithm.create(compute, { environment, options, seed });
}

function evaluated(trainee: Trainee): Promise<number[]> {
  const stepsMax = EPISODE_STEPS_MAX;
  return trainee.evaluate({ episodes: EPISODES, seed: EVALUATION_SEED, stepsMax });
}

function tableOf(o: { lines: string[]; long: string[]; missing: string[] }): string {
  const date = new Date().toISOString().slice(0, 10);
  return `# Against published scores

Written by \`npm run evaluate -- zoo\` on ${date}, one thread of ${cpus()[0]!.model}, source ${sourceHash().slice(0, 12)}.
Score: interquartile mean over the seeds of the final policy's mean return, ${EPISODES} episodes each (seed
${EVALUATION_SEED}). Error: standard error of those episodes, mean over the seeds. Seeds 1, 2, ...; settings in
\`packages/learning/algorithms/*-options.ts\`, which say where they are not the zoo's.

| algorithm | task | steps | published | score | error | difference in errors | seeds | seconds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${o.lines.join('\n')}

Trained five times as long: mean return before training / at its peak of ${LONG_PARTS + 1} evaluations / at the end, and
in brackets the end's gain over the peak's.

| algorithm | task | steps | seeds |
| --- | --- | --- | --- |
${o.long.join('\n')}
${o.missing.length === 0 ? '' : `\nNot run to the end: ${o.missing.join(', ')}.\n`}`;
}
