/** Whatever learns in a training Worker, in one shape: the evolution strategy and all algorithms. */
import { type Compute, openWasm } from '@dreampitch/compute';
import type {
  Algorithm,
  EvolutionOptions,
  EvolutionTask,
  LeagueOptions,
  LeagueTable,
  NamedTensor,
  Options,
  Player,
  Trainee,
} from '@dreampitch/learning';
import {
  algorithmById,
  decodeCheckpoint,
  decodeLeague,
  decodePlayer,
  decodeSafetensors,
  decodeTraining,
  encodePlayer,
  encodePolicy,
  environmentTask,
  EvolutionTrainer,
  LeagueRun,
  playerOfTensors,
  playerTensors,
  soccerTask,
} from '@dreampitch/learning';
import type { Environment, Policy } from '@dreampitch/sim';
import { versionOf } from '@dreampitch/sim';
import { learnedPolicy } from '../storage/learned-policy.ts';
import type { RunMatch, RunRecipe, TakenVersion } from '../storage/run-rows.ts';
import { botFor } from './bot.ts';
import { type KeptExamples, keptExamples } from './kept-examples.ts';
import type { BeginOrder } from './protocol.ts';
import { keptOf, takeVersion } from './versions/take-version.ts';
import { environmentOf, soccerSizeOf } from './run-environment.ts';

export type Learned = {
  readonly steps: number; // of all worlds together, since the beginning
  readonly values: Readonly<Record<string, number>>; // by the metric's name
};

export interface Learner extends Disposable {
  readonly worldCount: number;
  readonly steps: number;
  readonly isDone: boolean;
  iteration(): Promise<Learned>;
  checkpoint(): Promise<Uint8Array<ArrayBuffer>>;
  /** What was learned so far, as bytes for `learnedPolicy`. */
  policy(): Promise<Uint8Array<ArrayBuffer>>;
  /** Every learned tensor by name. */
  weights(): Promise<Readonly<Record<string, NamedTensor>>>;
  /** What it goes on learning from; null: from no matches. */
  readonly matches: readonly RunMatch[] | null;
  /** As of its latest round; null: it plays in none. */
  readonly league: LeagueTable | null;
  /** What it can do now, with a memory of its task; null: its algorithm keeps none. */
  readonly version: (() => Promise<TakenVersion>) | null;
}

/** The checkpoint cannot be gone on from: it is damaged, or of another version. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

export function openLearner(compute: Compute, order: BeginOrder): Promise<Learner> {
  const { algorithm, environment } = order.recipe;
  if (algorithm === 'evolution') return evolutionLearner(compute, order);
  const found = algorithmById(algorithm);
  if (!found) throw new Error(`This Dreampitch has no algorithm '${algorithm}'.`);
  return algorithmLearner(compute, { found, order, environment: environmentOf(environment) });
}

type Ordered = {
  readonly found: Algorithm;
  readonly order: BeginOrder;
  readonly environment: Environment;
};

async function algorithmLearner(compute: Compute, o: Ordered): Promise<Learner> {
  const { found, order, environment } = o;
  const imitated = found.imitates ? await keptExamples(environment, order.matches) : null;
  const trainee = await openTrainee(compute, o, imitated);
  const league = trainee instanceof LeagueRun ? trainee : null;
  return {
    worldCount: Number(trainee.options['worldCount'] ?? 1),
    get steps() {
      return trainee.steps;
    },
    get isDone() {
      return trainee.isDone;
    },
    async iteration() {
      const { steps, episodes, meanReturn, losses } = await trainee.iteration();
      const values: Record<string, number> = { ...losses, episodes };
      if (meanReturn !== null) values['meanReturn'] = meanReturn;
      // As of the latest round, in every point: a curve is thinned without regard to what is in it.
      if (league) values['elo'] = league.table.learner.rating;
      return { steps, values };
    },
    matches: imitated?.matches ?? null,
    get league() {
      return league?.table ?? null;
    },
    checkpoint: () => trainee.checkpoint(),
    policy: async () => encodePolicy(await trainee.policyNetwork()),
    weights: () => trainee.weights(),
    version: found.keeps
      ? async () => {
          // A few worlds, looked at tick by tick: threads or a GPU would only be waited for.
          using own = await openWasm({ threadCount: 1 });
          const opponents = opponentsFor(order, environment);
          return await takeVersion(own, { trainee, order, ...opponents });
        }
      : null,
    [Symbol.dispose]: () => trainee[Symbol.dispose](),
  };
}

async function openTrainee(
  compute: Compute,
  o: Ordered,
  imitated: KeptExamples | null,
): Promise<Trainee> {
  const { found, order, environment } = o;
  const { recipe, checkpoint } = order;
  if (recipe.opponents.kind === 'league') return openLeague(compute, o, recipe.opponents.options);
  const { keep } = keptOf(order);
  const company = {
    ...opponentsFor(order, environment),
    ...(imitated ? { examples: imitated.examples } : {}),
    ...(keep ? { keep } : {}),
  };
  if (checkpoint === null) {
    return found.create(compute, { ...company, ...(await beginningOf(o)) });
  }
  const decoded = decodeTraining(checkpoint);
  if (!decoded.ok) throw new RefusedError(decoded.message);
  return found.resume(compute, { environment, checkpoint: decoded.checkpoint, ...company });
}

async function openLeague(compute: Compute, o: Ordered, options: Options): Promise<LeagueRun> {
  const { found: algorithm, order, environment } = o;
  const anchor = botFor(environment);
  if (order.checkpoint === null) {
    const league = options as Partial<LeagueOptions>;
    return LeagueRun.create(compute, { algorithm, anchor, league, ...(await beginningOf(o)) });
  }
  const decoded = decodeLeague(order.checkpoint);
  if (!decoded.ok) throw new RefusedError(decoded.message);
  const { checkpoint } = decoded;
  const { keep } = keptOf(order);
  const kept = { checkpoint, ...(keep ? { keep } : {}) };
  return LeagueRun.resume(compute, { algorithm, environment, anchor, ...kept });
}

/** What a run that begins is given. */
async function beginningOf({ order, environment }: Ordered) {
  const { options, seed, usesMatches } = order.recipe;
  // Its checkpoints go on without them.
  const first = usesMatches ? { examples: (await keptExamples(environment, null)).examples } : {};
  return { environment, options, seed, ...first, ...startOf(order), ...keptOf(order) };
}

/** Where there are two teams. */
function opponentsFor(order: BeginOrder, environment: Environment): { opponents?: Policy[] } {
  return environment.agentCount > 1 ? { opponents: opponentsOf(order, environment) } : {};
}

/** None: one policy drives both teams. */
function opponentsOf({ recipe, inputs }: BeginOrder, environment: Environment): Policy[] {
  const { opponents } = recipe;
  if (opponents.kind === 'scripted') return [botFor(environment)];
  if (opponents.kind !== 'player') return [];
  if (inputs.opponent) return [learnedPolicy(inputs.opponent, opponents.name)];
  throw new Error(`${opponents.name}, whom it plays against, is not kept with this run`);
}

/** The weights to begin with, where there are any. */
function startOf({ recipe, inputs }: BeginOrder): {
  from?: Readonly<Record<string, NamedTensor>>;
} {
  if (recipe.start === null) return {};
  const decoded = inputs.start ? decodeSafetensors(inputs.start) : null;
  if (decoded?.ok) return { from: decoded.file.tensors };
  throw new Error(`The weights of ${recipe.start} are not kept with this run`);
}

function evolutionTask({ environment }: RunRecipe) {
  const size = soccerSizeOf(environment);
  return size === null ? environmentTask(environmentOf(environment)) : soccerTask(size);
}

const clock = () => performance.now() / 1000;

async function evolutionLearner(compute: Compute, order: BeginOrder): Promise<Learner> {
  const { trainer, stepsBefore } = await openTrainer(compute, order);
  let steps = stepsBefore;
  return {
    worldCount: trainer.worldCount,
    get steps() {
      return steps;
    },
    isDone: false,
    matches: null,
    league: null,
    version: null,
    async iteration() {
      const report = await trainer.generation();
      steps = report.steps;
      const { fitness, goalsPerMinute, winRate, meanReturn, generation } = report;
      const values: Record<string, number> = { generation, fitness: fitness.mean };
      if (winRate === null) values['meanReturn'] = meanReturn;
      else Object.assign(values, { winRate, ...goalsOf(goalsPerMinute) });
      return { steps, values };
    },
    checkpoint: () => trainer.checkpoint(),
    policy: async () => encodePlayer(await trainer.player('')),
    weights: async () => playerTensors(await trainer.player('')),
    [Symbol.dispose]: () => trainer[Symbol.dispose](),
  };
}

function goalsOf(goals: { scored: number; conceded: number }) {
  return { goalsScored: goals.scored, goalsConceded: goals.conceded };
}

async function openTrainer(compute: Compute, order: BeginOrder) {
  const { recipe, checkpoint: bytes, inputs } = order;
  const task = evolutionTask(recipe);
  if (bytes) {
    const decoded = decodeCheckpoint(bytes);
    if (!decoded.ok) throw new RefusedError(decoded.message);
    const { checkpoint } = decoded;
    const trainer = await EvolutionTrainer.resume(compute, { task, checkpoint, clock });
    return { trainer, stepsBefore: checkpoint.steps };
  }
  const options = recipe.options as Partial<EvolutionOptions>;
  const { seed, start } = recipe;
  const bytesOfStart = inputs.start ?? new Uint8Array();
  const begins = start === null ? {} : { start: await playerOf(bytesOfStart, { start, task }) };
  const trainer = await EvolutionTrainer.create(compute, { task, seed, options, clock, ...begins });
  return { trainer, stepsBefore: 0 };
}

/** A kept player, or the weights of one. */
async function playerOf(
  bytes: Uint8Array,
  { start, task }: { start: string; task: EvolutionTask },
): Promise<Player> {
  const decoded = decodePlayer(bytes);
  if (decoded.ok) return decoded.player;
  const weights = decodeSafetensors(bytes);
  if (!weights.ok) throw new Error(`Nothing can be started from ${start}: ${decoded.message}`);
  const { environment } = task;
  const origin = { name: start, environment, version: await versionOf(environment) };
  return playerOfTensors(weights.file.tensors, origin);
}
