/** One run of the zoo: trained from where it was left, evaluated, and kept. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { algorithmById, decodeTraining, type Options, type Trainee } from '@dreampitch/learning';
import { environmentById, versionOf } from '@dreampitch/sim';
import { bitsOf } from './bits.ts';
import { sourceHash } from './source-hash.ts';
import { meanOf } from './statistics.ts';

export const ALGORITHMS = ['learning/algorithms'];
export const EVALUATION_SEED = 2000;
export const EPISODES = 100;
const EPISODE_STEPS_MAX = 1001; // one more than the longest of these tasks

export type Order = {
  readonly algorithm: string;
  readonly environment: string;
  readonly seed: number;
  readonly longer: number; // times the usual steps
  readonly parts: number; // evaluated at so many equal parts of it, and at the end
};

/** Returns [EPISODES] at every point of a run; a usual one has its end only. */
export type Result = {
  readonly returns: readonly (readonly number[])[];
  readonly seconds: number;
};

/** As it was kept, in parts or done. */
type Kept = Result & { readonly key: string; readonly isDone: boolean };

/**
 * Kept results are known by all that decides them: the task and its version, the options, the seed, the
 * count of episodes, the text of packages/learning/algorithms (not of tests, nor of tables of options,
 * whose values are in it), and what the engine beneath makes of the first updates, to the bit (bits.ts).
 * A change of any of it trains anew.
 */
const KEPT = join(import.meta.dirname, '..', '..', '..', '.cache', 'zoo');
/** Seconds of training between two checkpoints. */
const CHECKPOINT_SECONDS = 30;

export function nameOf(row: Pick<Order, 'algorithm' | 'environment'>): string {
  return `${row.algorithm}.${row.environment.replace(/-v\d$/, '').toLowerCase()}`;
}

export function optionsOf(order: Pick<Order, 'algorithm' | 'environment' | 'longer'>): Options {
  const environment = environmentById(order.environment)!;
  const options = algorithmById(order.algorithm)!.defaultsFor(environment);
  return { ...options, stepsMax: order.longer * Number(options['stepsMax']) };
}

/** What is kept of it; null: it is not done. */
export async function keptResult(order: Order): Promise<Result | null> {
  const kept = keptOf(order, await keyOf(order));
  return kept?.isDone ? kept : null;
}

async function keyOf({ algorithm, environment, seed, longer, parts }: Order): Promise<string> {
  const options = optionsOf({ algorithm, environment, longer });
  const task = environmentById(environment)!;
  const version = await versionOf(task);
  const evaluated = { parts, EVALUATION_SEED, EPISODES };
  const source = sourceHash(ALGORITHMS);
  const bits = await bitsOf({ algorithm: algorithmById(algorithm)!, environment: task, options });
  const run = { algorithm, environment, version, options, seed };
  return JSON.stringify({ ...run, ...evaluated, source, bits });
}

const fileOf = (order: Order) => join(KEPT, `${nameOf(order)}-x${order.longer}-${order.seed}`);

/** null: nothing, or of other settings or code. */
function keptOf(order: Order, key: string): Kept | null {
  try {
    const kept = JSON.parse(readFileSync(`${fileOf(order)}.json`, 'utf8')) as Kept;
    return kept.key === key ? kept : null;
  } catch {
    return null; // none, or half a file of a command that was stopped
  }
}

/** Goes on with it to its end. */
export async function train(order: Order): Promise<Result> {
  mkdirSync(KEPT, { recursive: true });
  const key = await keyOf(order);
  const before = keptOf(order, key);
  if (before?.isDone) return before;
  const file = fileOf(order);
  const start = performance.now();
  const returns = [...(before?.returns ?? [])];
  const seconds = () => (before?.seconds ?? 0) + (performance.now() - start) / 1000;
  using compute = await openWasm({ threadCount: 1 }); // batches are small
  using trainee = await begunOrResumed(compute, order, before !== null);
  const stepsMax = Number(trainee.options['stepsMax']);
  const keep = async (isDone: boolean) => {
    if (!isDone) writeFileSync(`${file}.checkpoint`, await trainee.checkpoint());
    const kept: Kept = { key, returns, seconds: seconds(), isDone };
    writeFileSync(`${file}.json`, JSON.stringify(kept));
    return kept;
  };
  let keptAt = seconds();
  while (!trainee.isDone) {
    if (order.parts > 0 && trainee.steps >= (returns.length * stepsMax) / order.parts) {
      returns.push(await evaluated(trainee));
    }
    await trainee.iteration();
    if (seconds() - keptAt < CHECKPOINT_SECONDS) continue;
    await keep(false);
    keptAt = seconds();
  }
  returns.push(await evaluated(trainee));
  rmSync(`${file}.checkpoint`, { force: true });
  const result = await keep(true);
  const end = meanOf(returns.at(-1)!).toFixed(1);
  const longer = order.longer === 1 ? '' : ` x ${order.longer}`;
  console.log(
    `${nameOf(order)}${longer}, seed ${order.seed}: ${end} (${result.seconds.toFixed(0)} s)`,
  );
  return result;
}

async function begunOrResumed(
  compute: WasmCompute,
  order: Order,
  isBegun: boolean,
): Promise<Trainee> {
  const algorithm = algorithmById(order.algorithm)!;
  const environment = environmentById(order.environment)!;
  const file = fileOf(order);
  if (!isBegun) {
    const { seed } = order;
    return await algorithm.create(compute, { environment, options: optionsOf(order), seed });
  }
  const decoded = decodeTraining(new Uint8Array(readFileSync(`${file}.checkpoint`)));
  if (!decoded.ok) throw new Error(`${file}.checkpoint: ${decoded.message} Delete ${file}.json.`);
  return await algorithm.resume(compute, { environment, checkpoint: decoded.checkpoint });
}

function evaluated(trainee: Trainee): Promise<number[]> {
  const stepsMax = EPISODE_STEPS_MAX;
  return trainee.evaluate({ episodes: EPISODES, seed: EVALUATION_SEED, stepsMax });
}
