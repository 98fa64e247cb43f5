/**
 * Three drills of robot soccer learned one after the other by one network, with and without what keeps the
 * earlier ones: plain, elastic weight consolidation, rehearsal, both. After every stage the policy plays
 * all three. What each stage left is a version of a history with its scores; a command that was stopped
 * goes on from there, and the table in continual/results.md is written anew.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { openWasm, type WasmCompute } from '@dreampitch/compute';
import {
  addScore,
  commitVersion,
  decodeHistory,
  decodeMemory,
  EMPTY_HISTORY,
  encodeHistory,
  encodeMemory,
  encodePolicy,
  headOf,
  type History,
  KEEP_DEFAULTS,
  type KeepStrengths,
  type Memory,
  policyOf,
  Ppo,
  ppoDefaultsFor,
  rememberTask,
  returnsOf,
  startFrom,
  type Trainee,
} from '@dreampitch/learning';
import { type Figure, figureOf } from '../bench/figure.ts';
import { measuresOf, type Matrix } from './continual/measures.ts';
import { resultsOnly, TASKS } from './continual/tasks.ts';
import { sourceHash, TRAINING } from './zoo/source-hash.ts';
import { meanOf, standardError } from './zoo/statistics.ts';

/** Others than those on which strengths and steps were chosen (1, 2, 3, and 1000). */
const SEEDS = [11, 12, 13];
const EVALUATION_SEED = 2000;
const EPISODES = 200;
const EPISODE_STEPS_MAX = 400; // more than the longest drill

/** Strengths; of consolidation those that left most: of 0.03 to 1 alone, of 0.03 to 1 beside rehearsal. */
const METHODS: Readonly<Record<string, KeepStrengths>> = {
  plain: { consolidation: 0, rehearsal: 0 },
  ewc: { consolidation: 1, rehearsal: 0 },
  rehearsal: { consolidation: 0, rehearsal: 1 },
  both: { consolidation: 0.03, rehearsal: 1 },
};

/** Of PPO, beside its defaults for soccer: a small network and quick rounds. */
const OPTIONS = {
  ...ppoDefaultsFor(TASKS[0]!),
  worldCount: 256,
  stepCount: 16,
  batchSize: 512,
  learningRate: 1e-3,
  hidden: [64, 64],
};

/** Decisions of each stage. */
const STEPS = [700_000, 200_000, 600_000];

type Bytes = Uint8Array<ArrayBuffer>;

const KEPT = join(import.meta.dirname, '..', '..', '.cache', 'continual');
const RESULTS = join(import.meta.dirname, 'continual', 'results.md');
const FOLDERS = ['learning/continual', 'sim/soccer'];

export async function evaluate(): Promise<Figure[]> {
  mkdirSync(KEPT, { recursive: true });
  using compute = await openWasm({ threadCount: 1 });
  const begun: History[] = [];
  for (const seed of SEEDS) {
    begun.push(
      await grown(compute, { name: 'first', seed, strengths: METHODS['plain']!, stages: 1 }),
    );
  }
  const matrices = new Map<string, Matrix[]>();
  for (const [name, strengths] of Object.entries(METHODS)) {
    const all: Matrix[] = [];
    for (const [i, seed] of SEEDS.entries()) {
      const o = { name, seed, strengths, stages: TASKS.length, begun: begun[i]! };
      all.push(matrixOf(await grown(compute, o)));
    }
    matrices.set(name, all);
  }
  writeFileSync(RESULTS, resultsOf(matrices));
  return [...matrices].flatMap(([name, all]) => figuresOf(name, all));
}

type GrowOptions = {
  readonly name: string;
  readonly seed: number;
  readonly strengths: KeepStrengths;
  readonly stages: number;
  /** What to begin with where nothing is kept; by default the untrained network. */
  readonly begun?: History;
};

/** The history up to so many tasks, from what is kept of it by the same settings and code. */
async function grown(compute: WasmCompute, o: GrowOptions): Promise<History> {
  const { name, seed, stages } = o;
  const file = join(KEPT, `${name}-${seed}.history`);
  const by = `evaluate ${keyOf(o)}`;
  let history = keptHistory(file, by) ?? o.begun ?? (await untrained(compute, { seed, by }));
  while (history.versions.length <= stages) {
    history = await nextStage(compute, { ...o, history, by });
    writeFileSync(file, encodeHistory(history));
    const shown = matrixOf(history)
      .at(-1)!
      .map((score) => score.toFixed(2));
    console.log(`${name}, seed ${seed}, after ${headOf(history)!.task}: ${shown.join(' ')}`);
  }
  return history;
}

/** What decides the runs: a short hash of it. */
function keyOf({ seed, strengths }: GrowOptions): string {
  const tasks = TASKS.map(({ id, wgsl, rules }) => ({ id, wgsl, rules }));
  const source = sourceHash([...TRAINING, ...FOLDERS]);
  const decisive = { seed, strengths, tasks, STEPS, OPTIONS, EVALUATION_SEED, EPISODES, source };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 16);
}

/** Null: none, or of other settings or code. */
function keptHistory(file: string, by: string): History | null {
  if (!existsSync(file)) return null;
  const decoded = decodeHistory(new Uint8Array(readFileSync(file)));
  return decoded.ok && headOf(decoded.history)?.by === by ? decoded.history : null;
}

async function untrained(compute: WasmCompute, o: { seed: number; by: string }): Promise<History> {
  using ppo = await Ppo.create(compute, { environment: TASKS[0]!, options: OPTIONS, seed: o.seed });
  return await committed(compute, { history: EMPTY_HISTORY, trainee: ppo, by: o.by, parts: {} });
}

/** Learns the next task from what is remembered of those before. */
async function nextStage(
  compute: WasmCompute,
  o: GrowOptions & { history: History; by: string },
): Promise<History> {
  const { history, seed, strengths, by } = o;
  const k = history.versions.length - 1;
  const before = memoryOf(history);
  const options = { ...OPTIONS, stepsMax: STEPS[k]! };
  const start = before ? startFrom(before, strengths) : {};
  using ppo = await Ppo.create(compute, { environment: TASKS[k]!, options, seed, ...start });
  while (!ppo.isDone) await ppo.iteration();
  const memory = await rememberTask(compute, { trainee: ppo, before, seed });
  const parts = { memory: encodeMemory(memory) };
  return await committed(compute, { history, trainee: ppo, by, parts });
}

function memoryOf(history: History): Memory | null {
  const blob = history.blobs.get(headOf(history)?.parts['memory'] ?? '');
  const decoded = blob && decodeMemory(blob);
  return decoded?.ok ? decoded.memory : null;
}

/** With what it is now as the head, and its scores in all tasks. */
async function committed(
  compute: WasmCompute,
  o: { history: History; trainee: Trainee; by: string; parts: Record<string, Bytes> },
): Promise<History> {
  const { trainee, by } = o;
  const network = await trainee.policyNetwork();
  const parts = { ...o.parts, policy: encodePolicy(network) };
  const { algorithm, steps } = trainee;
  const task = trainee.environment.id;
  const parent = headOf(o.history)?.id ?? null;
  const version = { parts, parent, task, algorithm, steps, by, when: Date.now() };
  let history = commitVersion(o.history, version);
  for (const environment of TASKS) {
    const policy = policyOf({ ...network, environment: environment.id });
    const returns = await returnsOf(compute, {
      environment: resultsOnly(environment),
      policy,
      episodes: EPISODES,
      seed: EVALUATION_SEED,
      stepsMax: EPISODE_STEPS_MAX,
    });
    const done: number[] = returns.map((value) => (value > 0 ? 1 : 0));
    const [mean, error] = [meanOf(done), standardError(done)];
    const { id } = headOf(history)!;
    const when = Date.now();
    const score = { version: id, task: environment.id, mean, error, episodes: EPISODES, when };
    history = addScore(history, score);
  }
  return history;
}

/** Rows: before training, after each stage; columns: the tasks. */
function matrixOf({ versions, scores }: History): Matrix {
  return versions.map(({ id }) =>
    TASKS.map((task) => scores.find((one) => one.version === id && one.task === task.id)!.mean),
  );
}

function figuresOf(name: string, all: readonly Matrix[]): Figure[] {
  const measures = all.map(measuresOf);
  return (['keptShare', 'average', 'forgetting', 'learned'] as const).map((measure) => {
    const values = measures.map((one) => one[measure]);
    return figureOf(`continual.${name}.${measure}`, measure === 'average' ? 'share' : 'x', values);
  });
}

const inMean = (values: readonly number[]) => meanOf(values).toFixed(2);
const wordOf = ({ id }: { id: string }) => id.replace('soccer-', '');

function resultsOf(matrices: ReadonlyMap<string, readonly Matrix[]>): string {
  const date = new Date().toISOString().slice(0, 10);
  const stages = ['nothing', ...TASKS.map(wordOf)];
  const rowOf = (name: string, all: readonly Matrix[], k: number) => {
    const cells = TASKS.map((_, task) => {
      const each = all.map((matrix) => matrix[k]![task]!);
      return `${inMean(each)} (${each.map((one) => one.toFixed(2)).join(', ')})`;
    });
    return `| ${name} | ${stages[k]} | ${cells.join(' | ')} |`;
  };
  const [[, first]] = [...matrices] as [[string, Matrix[]]];
  const rows = [
    ...[0, 1].map((k) => rowOf('all', first, k)), // nothing to keep yet
    ...[...matrices].flatMap(([name, all]) => [2, 3].map((k) => rowOf(name, all, k))),
  ];
  const ends = [...matrices].map(([name, all]) => {
    const { consolidation, rehearsal } = METHODS[name]!;
    const measures = all.map(measuresOf);
    const cells = (['keptShare', 'forgetting', 'learned', 'average'] as const).map((one) =>
      inMean(measures.map((measure) => measure[one])),
    );
    return `| ${name} | ${consolidation} | ${rehearsal} | ${cells.join(' | ')} |`;
  });
  return `# Three drills of soccer, one after the other

Written by \`npm run evaluate -- continual\` on ${date}, one thread of ${cpus()[0]!.model}.
One network (24 numbers, ${OPTIONS.hidden.join(' and ')} tanh units, two wheels) learns ${TASKS.map(wordOf).join(', ')} (continual/tasks.ts) in
this order by proximal policy optimisation, ${STEPS.map((steps) => steps.toLocaleString('en')).join(', ')} decisions. Score: share of ${EPISODES} episodes (seed
${EVALUATION_SEED}) that end well; mean of the seeds, and in brackets seeds ${SEEDS.join(', ')}. Nothing tells the network which
task it is in but what it sees. Strengths and steps were chosen on other seeds and episodes. Rehearsal:
${KEEP_DEFAULTS.rehearsalBatch} of 4096 kept examples beside ${OPTIONS.batchSize} new ones in every update.

| method | after | ${TASKS.map(wordOf).join(' | ')} |
| --- | --- | ${TASKS.map(() => '---').join(' | ')} |
${rows.join('\n')}

Kept: what is left of the first two tasks at the end, of what was gained in their own stage. Forgotten: what
was lost of their best, of the same. Learned: score of the last two tasks right after their own stage.
Average: of all three tasks at the end.

| method | consolidation | rehearsal | kept | forgotten | learned | average |
| --- | --- | --- | --- | --- | --- | --- |
${ends.join('\n')}
`;
}
