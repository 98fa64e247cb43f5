/**
 * An evolution strategy (Salimans et al. 2017) that learns a game by playing it: the algorithm, read
 * from `generation`. Everything between the start and the end of a generation runs as kernels.
 */
import type { Compute, Dispatch } from '@dreampitch/compute';
import { versionOf } from '@dreampitch/sim';
import { networkShapeFor } from '../network/general.ts';
import type { Player } from '../player/player.ts';
import { type Checkpoint, encodeCheckpoint } from './checkpoint.ts';
import { networksOf, seedsOf } from './line-up.ts';
import { EVOLUTION_DEFAULTS, type EvolutionOptions } from './options.ts';
import { joinPool } from './pool.ts';
import { type Games, type GenerationReport, winRateOf } from './report.ts';
import { build, initialWeights, type Parts, type Run } from './set-up.ts';
import type { EvolutionTask } from './task.ts';

export type TrainerOptions = {
  readonly task: EvolutionTask;
  readonly seed: number; // u32
  /** Replaces single ones of EVOLUTION_DEFAULTS. */
  readonly options?: Partial<EvolutionOptions>;
  /** A player to start from; its network decides the size. */
  readonly start?: Player;
  /** Seconds, for the report. */
  readonly clock?: () => number;
};

export type ResumeOptions = {
  readonly task: EvolutionTask;
  readonly checkpoint: Checkpoint;
  readonly clock?: () => number;
};

/** Decisions per submission: short enough for a GPU that also draws. */
const DECISIONS_PER_SUBMIT = 50;

/** What changes from one generation to the next, and is not on the device. */
type Progress = Pick<
  Checkpoint,
  'generation' | 'steps' | 'startedFrom' | 'decayPowers' | 'games' | 'pool'
>;

/**
 * Trains generation by generation. To pause, do not call `generation` again; to stop, dispose; to go
 * on another day, keep the bytes of `checkpoint`. A run on strict WASM is its seed's alone: the same
 * on every machine, whatever its threads, and across checkpoints.
 */
export class EvolutionTrainer implements Disposable {
  readonly #parts: Parts;
  readonly #decision: readonly Dispatch[];
  #progress: Progress;
  #busy = false;

  private constructor(parts: Parts, progress: Progress) {
    this.#parts = parts;
    this.#progress = progress;
    this.#decision = [
      parts.networks.dispatch,
      ...(parts.opponent?.dispatches ?? []),
      ...parts.environment.stepDispatches,
      ...parts.population.afterStep,
    ];
  }

  /** A new run, from nothing or from a player. Throws where options or player do not fit. */
  static async create(compute: Compute, o: TrainerOptions): Promise<EvolutionTrainer> {
    const { task, seed, start } = o;
    const { id } = task.environment;
    if (start && start.environment !== id) {
      throw new Error(`'${start.name}' plays ${start.environment}; this run trains ${id}.`);
    }
    const options = { ...EVOLUTION_DEFAULTS, ...o.options };
    const network = start?.network ?? networkShapeFor(task.environment, options.hidden);
    const run: Run = {
      environment: id,
      version: await versionOf(task.environment),
      seed: seed >>> 0,
      options,
      shaping: task.shaping,
      rules: task.rules,
      network,
    };
    const weights = start?.weights ?? initialWeights(network, run.seed, options.initialScale);
    const progress: Progress = {
      generation: 0,
      steps: 0,
      startedFrom: start?.name ?? null,
      games: [],
      decayPowers: [1, 1],
      pool: [{ generation: 0, weights }],
    };
    const trainer = new EvolutionTrainer(await build(compute, task, run, o.clock), progress);
    trainer.#load(weights, new Float32Array(2 * weights.length));
    return trainer;
  }

  /**
   * Goes on exactly where the checkpoint was made. Throws where the checkpoint is of another
   * environment, or of another version of it: start anew from `playerOf(checkpoint)` then.
   */
  static async resume(compute: Compute, o: ResumeOptions): Promise<EvolutionTrainer> {
    const { task, checkpoint } = o;
    const { id } = task.environment;
    if (checkpoint.environment !== id) {
      throw new Error(`This checkpoint trains ${checkpoint.environment}, not ${id}.`);
    }
    if (checkpoint.version !== (await versionOf(task.environment))) {
      throw new Error(
        `This checkpoint is of another version of ${id}; start a new run from its player.`,
      );
    }
    const { parameters, moments, ...run } = checkpoint;
    const trainer = new EvolutionTrainer(await build(compute, task, run, o.clock), checkpoint);
    trainer.#load(parameters, moments);
    return trainer;
  }

  get options(): EvolutionOptions {
    return this.#parts.run.options;
  }

  get device(): string {
    return this.#parts.compute.device;
  }

  /** What one decision of a generation submits, apart, for measuring. */
  get stages(): {
    readonly policies: readonly Dispatch[];
    readonly environment: readonly Dispatch[];
  } {
    const { networks, opponent, environment } = this.#parts;
    return {
      policies: [networks.dispatch, ...(opponent?.dispatches ?? [])],
      environment: environment.stepDispatches,
    };
  }

  /** Fitness and utilities of the latest generation's members, [M] each, for measuring. */
  async latestRanks(): Promise<{ fitness: Float32Array; utilities: Float32Array }> {
    const { population } = this.#parts;
    return {
      fitness: await population.readFitness(),
      utilities: await population.readUtilities(),
    };
  }

  get worldCount(): number {
    return this.#parts.lineUp.worldCount;
  }

  get generationCount(): number {
    return this.#progress.generation;
  }

  /**
   * Plays and learns once. One at a time. Throws where a return is no finite number: the player, and the
   * `checkpoint`, then still are those before this generation.
   */
  async generation(): Promise<GenerationReport> {
    if (this.#busy) throw new Error('The generation before is not done: await it.');
    this.#busy = true;
    try {
      return await this.#generation();
    } finally {
      this.#busy = false;
    }
  }

  async #generation(): Promise<GenerationReport> {
    const { compute, run, population, environment, shape } = this.#parts;
    const { options, seed } = run;
    const clock = this.#parts.clock ?? (() => 0);
    const { generation, pool } = this.#progress;
    const times = [clock()];

    // Noise, opponents and starts of this generation follow from seed and generation alone.
    const decayPowers = [
      this.#progress.decayPowers[0] * options.momentumDecay,
      this.#progress.decayPowers[1] * options.varianceDecay,
    ] as const;
    population.writeSettings(this.#settings(decayPowers));
    const drawn = { seed, generation, count: pool.length };
    compute.write(this.#parts.networks.networkOf, networksOf(shape, this.#parts.lineUp, drawn));
    compute.submit(population.begin);
    environment.reset(seedsOf(shape, { seed, generation }));
    times.push(clock());

    for (let left = options.stepsPerGeneration; left > 0; left -= DECISIONS_PER_SUBMIT) {
      compute.submit(this.#decision, { times: Math.min(left, DECISIONS_PER_SUBMIT) });
      await compute.finished();
    }
    times.push(clock());

    compute.submit(population.assess);
    const fitness = await population.readFitness();
    const tallies = await population.readTallies();
    checkFinite({ fitness, tallies, run, generation });
    compute.submit(population.learn);
    const games = this.#gamesOf(tallies);
    this.#progress = {
      ...this.#progress,
      generation: generation + 1,
      steps: this.#progress.steps + this.#stepsPerGeneration,
      decayPowers,
      games: [...this.#progress.games, games].slice(-options.evaluationGenerations),
    };
    if ((generation + 1) % options.poolGenerations === 0) await this.#join();
    times.push(clock());
    return this.#report({ fitness, tallies, games, times });
  }

  /** All that it takes to go on later, as bytes for decodeCheckpoint. Between generations. */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const { run, population } = this.#parts;
    const { environment, version, seed, options, shaping, rules, network } = run;
    const { generation, steps, startedFrom, decayPowers, games, pool } = this.#progress;
    return encodeCheckpoint({
      environment,
      version,
      seed,
      options,
      shaping,
      rules,
      network,
      generation,
      steps,
      startedFrom,
      decayPowers,
      games,
      pool,
      parameters: await population.readParameters(),
      moments: await population.readMoments(),
    });
  }

  /** The mean player as it is now. */
  async player(name: string): Promise<Player> {
    const parameters = await this.#parts.population.readParameters();
    return playerOf({ ...this.#parts.run, ...this.#progress, parameters }, name);
  }

  [Symbol.dispose](): void {
    const { environment, population, networks, opponent } = this.#parts;
    for (const part of [opponent, networks, population, environment]) part?.[Symbol.dispose]();
  }

  get #stepsPerGeneration(): number {
    const { options } = this.#parts.run;
    return this.#parts.lineUp.worldCount * options.stepsPerGeneration * options.ticksPerAction;
  }

  #load(parameters: Float32Array, moments: Float32Array): void {
    this.#parts.population.write(parameters, moments);
    this.#parts.population.writePool(this.#progress.pool);
  }

  #settings(decayPowers: readonly [number, number]) {
    const { seed, options } = this.#parts.run;
    const { noiseScale, learningRate, weightDecay, momentumDecay, varianceDecay } = options;
    const { generation } = this.#progress;
    const fade = 1 / (1 + generation / Math.max(options.shapingGenerations, 1e-9));
    return {
      seed,
      generation,
      noiseScale,
      learningRate,
      weightDecay,
      momentumDecay,
      varianceDecay,
      momentumCorrection: 1 / (1 - decayPowers[0]),
      varianceCorrection: 1 / (1 - decayPowers[1]),
      shapingScale: fade / options.stepsPerGeneration,
    };
  }

  /** The mean player joins the opponents. */
  async #join(): Promise<void> {
    const { population, run } = this.#parts;
    const { generation, pool } = this.#progress;
    const entry = { generation, weights: await population.readParameters() };
    const limit = { size: run.options.poolSize, seed: run.seed };
    this.#progress = { ...this.#progress, pool: joinPool(pool, entry, limit) };
    population.writePool(this.#progress.pool);
  }

  #gamesOf(tallies: Float32Array): Games {
    const { shape, lineUp, opponent } = this.#parts;
    const { worldCount: N } = lineUp;
    const games = { won: 0, drawn: 0, lost: 0 };
    if (opponent === null) return games;
    for (let n = shape.memberCount * shape.worldsPerMember; n < N; n++) {
      const lead = tallies[n]! - tallies[N + n]!;
      games[lead > 0 ? 'won' : lead < 0 ? 'lost' : 'drawn']++;
    }
    return games;
  }

  #meanReturn(tallies: Float32Array): number {
    const { shape, lineUp } = this.#parts;
    const { worldCount: N } = lineUp;
    const first = shape.memberCount * shape.worldsPerMember;
    const gained = tallies.subarray(first, N).reduce((sum, value) => sum + value, 0);
    const lost = tallies.subarray(N + first, 2 * N).reduce((sum, value) => sum + value, 0);
    return (gained - lost) / (N - first);
  }

  #report(o: {
    fitness: Float32Array;
    tallies: Float32Array;
    games: Games;
    times: number[];
  }): GenerationReport {
    const { shape, lineUp, run, environment } = this.#parts;
    const { memberCount: M, worldsPerMember: W } = shape;
    const { stepsPerGeneration, ticksPerAction } = run.options;
    const tickSeconds = environment.environment.tickSeconds;
    const minutes = (M * W * stepsPerGeneration * ticksPerAction * tickSeconds) / 60;
    const sum = (from: number) =>
      o.tallies.subarray(from, from + M * W).reduce((total, value) => total + value, 0);
    const seconds = partsOf(o.times);
    const meanReturn = this.#meanReturn(o.tallies);
    return {
      generation: this.#progress.generation,
      steps: this.#progress.steps,
      fitness: {
        mean: o.fitness.reduce((total, value) => total + value, 0) / M,
        best: o.fitness.reduce((best, value) => Math.max(best, value), -Infinity),
      },
      goalsPerMinute: { scored: sum(0) / minutes, conceded: sum(lineUp.worldCount) / minutes },
      winRate: winRateOf(this.#progress.games),
      games: o.games,
      meanReturn,
      poolCount: this.#progress.pool.length,
      seconds,
      stepsPerSecond: seconds.total > 0 ? this.#stepsPerGeneration / seconds.total : 0,
    };
  }
}

const isBroken = (value: number) => !Number.isFinite(value);

/** Ranks of returns that are not finite would teach nothing, or nonsense. */
function checkFinite(o: {
  readonly fitness: Float32Array;
  readonly tallies: Float32Array;
  readonly run: Run;
  readonly generation: number;
}): void {
  const member = o.fitness.findIndex(isBroken);
  if (member < 0 && !o.tallies.some(isBroken)) return;
  const what =
    member < 0
      ? 'what the mean player gained is no finite number'
      : `the fitness of member ${member} is ${o.fitness[member]}`;
  throw new Error(
    `In generation ${o.generation + 1} of ${o.run.environment}, ${what}: a reward or an ` +
      'observation of the environment is not finite. The player is as it was before this generation.',
  );
}

function partsOf(times: readonly number[]): GenerationReport['seconds'] {
  const [start, prepared, played, learned] = times as [number, number, number, number];
  return {
    total: learned - start,
    prepare: prepared - start,
    play: played - prepared,
    learn: learned - played,
  };
}

/** The mean player of a run at rest. */
export function playerOf(
  checkpoint: Run & Omit<Progress, 'pool'> & { readonly parameters: Float32Array<ArrayBuffer> },
  name: string,
): Player {
  const { environment, version, network, options, seed, parameters } = checkpoint;
  const { generation, steps, startedFrom, games } = checkpoint;
  return {
    name,
    environment,
    version,
    network,
    weights: parameters,
    ticksPerAction: options.ticksPerAction,
    training: {
      algorithm: 'evolution-strategy',
      seed,
      generations: generation,
      steps,
      winRate: winRateOf(games),
      startedFrom,
    },
  };
}
