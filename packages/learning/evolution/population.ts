/** evolution.wgsl on the side of TypeScript: its buffers and kernels. */
import { layoutOf, randomWgsl } from '@dreampitch/compute';
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import type { VectorEnvironment } from '@dreampitch/sim';
import evolutionWgsl from './evolution.wgsl';
import type { LineUp, LineUpShape } from './line-up.ts';
import type { PoolEntry } from './pool.ts';

const WGSL = evolutionWgsl + randomWgsl;

export type PopulationOptions = {
  readonly environment: VectorEnvironment;
  readonly shape: LineUpShape;
  readonly lineUp: LineUp;
  readonly parameterCount: number; // P
  readonly poolSize: number;
  /** In every world only its first episode counts. */
  readonly firstEpisodeOnly: boolean;
  /** Shaped dimensions of the observation with their weights. */
  readonly shaping: readonly { readonly dimension: number; readonly weight: number }[];
};

/** The fields of evolution.wgsl's struct Settings. */
export type Settings = Readonly<
  Record<
    | 'seed'
    | 'generation'
    | 'noiseScale'
    | 'learningRate'
    | 'weightDecay'
    | 'momentumDecay'
    | 'varianceDecay'
    | 'momentumCorrection'
    | 'varianceCorrection'
    | 'shapingScale',
    number
  >
>;

/** Axes as in evolution.wgsl. */
export class Population implements Disposable {
  readonly networks: ComputeBuffer;
  /** Before a generation, after every step of it, and after it: what members are worth, then learning. */
  readonly begin: readonly Dispatch[];
  readonly afterStep: readonly Dispatch[];
  readonly assess: readonly Dispatch[];
  readonly learn: readonly Dispatch[];
  readonly #compute: Compute;
  readonly #options: PopulationOptions;
  readonly #buffers: Record<BufferName, ComputeBuffer>;

  private constructor(
    options: PopulationOptions,
    buffers: Record<BufferName, ComputeBuffer>,
    dispatches: Record<EntryName, Dispatch>,
  ) {
    this.#compute = options.environment.compute;
    this.#options = options;
    this.#buffers = buffers;
    this.networks = buffers.networks;
    this.begin = [dispatches.perturb, dispatches.clear];
    this.afterStep = [dispatches.tally];
    this.assess = [dispatches.assess];
    this.learn = [dispatches.rank, dispatches.climb];
  }

  static async create(options: PopulationOptions): Promise<Population> {
    const { compute, observationSize } = options.environment;
    const { memberCount: M, worldsPerMember, agentCount } = options.shape;
    const { worldCount: N, team } = options.lineUp;
    const P = options.parameterCount;
    const constants = {
      MEMBERS: M,
      WORLDS_PER_MEMBER: worldsPerMember,
      WORLDS: N,
      AGENTS: agentCount,
      TEAM: team,
      FEATURES: observationSize,
      PARAMETERS: P,
      SHAPED: options.shaping.length,
      FIRST_EPISODE: options.firstEpisodeOnly ? 1 : 0,
    };
    const buffers = createBuffers(compute, options);
    const { rewards, observations, ends } = options.environment.buffers;
    const all = { ...buffers, rewards, observations, ends };
    const prepare = async (entry: EntryName, invocations: Invocations): Promise<Dispatch> => {
      const label = `evolution: ${entry}`;
      const kernel = await compute.createKernel({ label, wgsl: WGSL, entry, constants });
      const bindings = Object.fromEntries(BINDINGS[entry].map((name) => [name, all[name]]));
      return kernel.prepare({ bindings, invocations });
    };
    const population = new Population(options, buffers, {
      perturb: await prepare('perturb', [P, M + 1, 1]),
      clear: await prepare('clear', 4 * N),
      tally: await prepare('tally', N),
      assess: await prepare('assess', M),
      rank: await prepare('rank', M),
      climb: await prepare('climb', P),
    });
    population.#writeShaping();
    return population;
  }

  writeSettings(settings: Settings): void {
    const layout = layoutOf(WGSL, 'Settings');
    const view = new DataView(new ArrayBuffer(layout.bytes));
    for (const [name, field] of Object.entries(layout.fields)) {
      const value = settings[name as keyof Settings];
      if (field.type === 'u32') view.setUint32(field.offset, value, true);
      else view.setFloat32(field.offset, value, true);
    }
    this.#compute.write(this.#buffers.settings, view);
  }

  /** Theta [P] and Adam's moments [2, P]. */
  write(parameters: Float32Array, moments: Float32Array): void {
    this.#compute.write(this.#buffers.parameters, parameters);
    this.#compute.write(this.#buffers.moments, moments);
  }

  writePool(pool: readonly PoolEntry[]): void {
    const { parameterCount: P, shape } = this.#options;
    pool.forEach((entry, i) => {
      this.#compute.write(this.networks, entry.weights, 4 * P * (shape.memberCount + 1 + i));
    });
  }

  /** Of the latest generation. `tallies` [4, N]: gained, lost, shaping, over. */
  readonly readFitness = () => this.#read('fitness');
  readonly readUtilities = () => this.#read('utilities');
  readonly readTallies = () => this.#read('tallies');
  readonly readParameters = () => this.#read('parameters');
  readonly readMoments = () => this.#read('moments');

  async #read(name: BufferName): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array((await this.#compute.read(this.#buffers[name])).buffer);
  }

  #writeShaping(): void {
    const layout = layoutOf(WGSL, 'Shaping');
    const { shaping } = this.#options;
    if (shaping.length === 0) return;
    const view = new DataView(new ArrayBuffer(layout.bytes * shaping.length));
    for (const [i, { dimension, weight }] of shaping.entries()) {
      view.setUint32(i * layout.bytes + layout.fields['dimension']!.offset, dimension, true);
      view.setFloat32(i * layout.bytes + layout.fields['weight']!.offset, weight, true);
    }
    this.#compute.write(this.#buffers.shaping, view);
  }

  [Symbol.dispose](): void {
    for (const buffer of Object.values(this.#buffers)) buffer[Symbol.dispose]();
  }
}

type Invocations = number | readonly [number, number, number];

/** What each entry point binds. */
const BINDINGS = {
  perturb: ['settings', 'networks', 'parameters'],
  clear: ['tallies'],
  tally: ['rewards', 'observations', 'ends', 'shaping', 'tallies'],
  assess: ['settings', 'tallies', 'fitness'],
  rank: ['fitness', 'utilities'],
  climb: ['settings', 'utilities', 'moments', 'parameters'],
} as const;

type EntryName = keyof typeof BINDINGS;
type BufferName = Exclude<
  (typeof BINDINGS)[EntryName][number],
  'rewards' | 'observations' | 'ends'
>;

function createBuffers(
  compute: Compute,
  options: PopulationOptions,
): Record<BufferName, ComputeBuffer> {
  const { parameterCount: P, poolSize, shape, lineUp, shaping } = options;
  const M = shape.memberCount;
  const create = (label: BufferName, words: number) =>
    compute.createBuffer({ label: `evolution: ${label}`, bytes: 4 * words });
  return {
    settings: create('settings', layoutOf(WGSL, 'Settings').bytes / 4),
    networks: create('networks', (M + 1 + poolSize) * P),
    parameters: create('parameters', P),
    moments: create('moments', 2 * P),
    shaping: create('shaping', (Math.max(1, shaping.length) * layoutOf(WGSL, 'Shaping').bytes) / 4),
    tallies: create('tallies', 4 * lineUp.worldCount),
    fitness: create('fitness', M),
    utilities: create('utilities', M),
  };
}
