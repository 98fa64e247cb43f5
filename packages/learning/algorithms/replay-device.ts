/**
 * replay.wgsl on the side of TypeScript: the latest steps of actors, on the device. Axes: C rows, L
 * actors, D features, A words of an action, B batch.
 */
import { mathWgsl, randomWgsl } from '@dreampitch/compute';
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import { RESET, TRUNCATED } from '@dreampitch/sim';
import type { KeptBuffers } from './checkpoint.ts';
import type { Examples } from './examples.ts';
import type { Play } from './play.ts';
import replayWgsl from './replay.wgsl';

export type DeviceReplayOptions = {
  readonly capacity: number; // steps of all actors together, at most; then a new one evicts the oldest
  readonly actionWords: number; // A
  readonly batchSize: number; // B
  readonly nStep: number;
  readonly discount: number;
  /** The power of errors that priorities are (alpha); null: draws are uniform. */
  readonly priorityPower: number | null;
  readonly seed: number; // u32
};

/** What the actors decided; the count of updates, which decides what is drawn; `broken` of finite.ts. */
export type ReplaySources = {
  readonly drawn: ComputeBuffer;
  readonly updates: ComputeBuffer;
  readonly broken: ComputeBuffer;
};

type Sizes = DeviceReplayOptions & { readonly L: number; readonly D: number; readonly C: number };

export class DeviceReplay implements Disposable {
  readonly #sizes: Sizes;
  readonly #compute: Compute;
  readonly #play: Play;
  readonly #buffers: Readonly<Record<string, ComputeBuffer>>;

  private constructor(play: Play, sizes: Sizes, buffers: Record<string, ComputeBuffer>) {
    this.#compute = play.worlds.compute;
    this.#play = play;
    this.#sizes = sizes;
    this.#buffers = buffers;
  }

  /** Takes `bytesOf` of memory. Throws ArenaError where that is not there. */
  static create(play: Play, options: DeviceReplayOptions): DeviceReplay {
    const { compute } = play.worlds;
    const { count: L, space } = play.actors;
    const D = space.inputs;
    const C = Math.floor(options.capacity / L);
    if (C < options.nStep) {
      throw new RangeError(`capacity ${options.capacity} holds ${C} steps of each of ${L} actors.`);
    }
    const sizes = { ...options, L, D, C };
    const buffers: Record<string, ComputeBuffer> = {};
    try {
      for (const [name, words] of Object.entries(wordsOf(sizes))) {
        buffers[name] = compute.createBuffer({ label: `replay: ${name}`, bytes: 4 * words });
      }
    } catch (error) {
      for (const buffer of Object.values(buffers)) buffer[Symbol.dispose]();
      throw error;
    }
    compute.write(buffers['most']!, Float32Array.of(1));
    return new DeviceReplay(play, sizes, buffers);
  }

  /** Bytes of the memory that it takes. */
  get bytes(): number {
    return Object.values(this.#buffers).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Rows [1], u32: how many steps of each actor came so far. */
  get time(): ComputeBuffer {
    return this.#buffers['time']!;
  }

  /** Rows [1], u32: how many of them were filled with examples before the first step. */
  get first(): ComputeBuffer {
    return this.#buffers['first']!;
  }

  /** Rows that have to be there before a batch is drawn. */
  get rowsMin(): number {
    return this.#sizes.nStep;
  }

  /** The batch, for the program that learns: batchSeen, batchDrawn, batchAfter, batchOutcome. */
  get batch(): Readonly<Record<string, ComputeBuffer>> {
    const { batchSeen, batchDrawn, batchAfter, batchOutcome } = this.#buffers;
    return {
      batchSeen: batchSeen!,
      batchDrawn: batchDrawn!,
      batchAfter: batchAfter!,
      batchOutcome: batchOutcome!,
    };
  }

  /** What it takes to go on exactly so, of `rows` that were kept. */
  kept(rows: number): KeptBuffers {
    const filled = Math.min(1, rows / this.#sizes.C);
    const names = ['keptSeen', 'keptDrawn', 'keptAfter', 'keptOutcome'];
    const kept: Record<string, { buffer: ComputeBuffer; bytes?: number }> = {
      'replay.time': { buffer: this.time },
    };
    for (const name of this.#prioritised ? [...names, 'priorities', 'most'] : names) {
      const buffer = this.#buffers[name]!;
      const bytes = name === 'most' ? buffer.bytes : Math.round(buffer.bytes * filled);
      kept[`replay.${name}`] = { buffer, bytes };
    }
    return kept;
  }

  /**
   * Begins with examples, before any step; of more than there is room for, with the last ones. They lie
   * side by side as plays of all actors. Returns the count of rows, which is `first`.
   */
  startWith(examples: Examples): number {
    const { L, D, C, actionWords: A, nStep } = this.#sizes;
    const count = Math.min(examples.count, C * L);
    const rows = Math.ceil(count / L);
    const filled = filledOf(examples, { L, D, A, rows, count });
    for (const [name, words] of Object.entries(filled)) this.#writeFirst(name, words);
    if (this.#prioritised) {
      // Those whose returns need steps that are yet to come wait for them (replay.wgsl, prioritise).
      const ready = Math.max(0, rows - (nStep - 1)) * L;
      const isPlayed = (_: unknown, place: number) =>
        filled.keptOutcome[2 * place + 1] !== RESET ? 1 : 0;
      this.#writeFirst('priorities', Float32Array.from({ length: ready }, isPlayed));
    }
    this.#compute.write(this.time, Uint32Array.of(rows));
    this.beginAfter(rows);
    return rows;
  }

  /** Says how many rows are examples. */
  beginAfter(rows: number): void {
    this.#compute.write(this.first, Uint32Array.of(rows));
  }

  #writeFirst(name: string, words: Float32Array | Uint32Array): void {
    const buffer = this.#buffers[name]!;
    const all = new Uint8Array(buffer.bytes);
    all.set(new Uint8Array(words.buffer));
    this.#compute.write(buffer, all);
  }

  /** Around a decision: `before` it is carried out, and `after`. */
  async keeping(o: ReplaySources): Promise<{ before: Dispatch[]; after: Dispatch[] }> {
    const { L, D } = this.#sizes;
    const outcome = 'time drawn outcome keptDrawn keptOutcome';
    const priority = 'time keptOutcome priorities most';
    return {
      before: [await this.#prepare('keepSeen', 'time seen keptSeen', L * D, o)],
      after: [
        await this.#prepare('keepAfter', 'time after keptAfter', L * D, o),
        await this.#prepare('keepOutcome', outcome, L, o),
        ...(this.#prioritised ? [await this.#prepare('prioritise', priority, L, o)] : []),
        await this.#prepare('advance', 'time', 1, o),
      ],
    };
  }

  /** Once before updates that follow newly kept steps. */
  async summing(o: ReplaySources): Promise<Dispatch[]> {
    if (!this.#prioritised) return [];
    return [await this.#prepare('sumAll', 'priorities sums', this.#segments.count, o)];
  }

  /** A batch for one update, of returns of `nStep` steps: at most those of the options. */
  async drawing(o: ReplaySources, nStep = this.#sizes.nStep): Promise<Dispatch[]> {
    const { batchSize: B } = this.#sizes;
    const from = 'places keptSeen keptDrawn keptAfter keptOutcome';
    const to = 'batchSeen batchDrawn batchAfter batchOutcome';
    const draw = this.#prioritised
      ? this.#prepare(
          'drawByPriority',
          'time updates broken priorities sums places batchOutcome',
          B,
          o,
        )
      : this.#prepare('drawUniformly', 'time updates broken places batchOutcome', B, o);
    const collect = this.#prepare('collect', `${from} ${to}`, B, o, { N_STEP: nStep });
    return [await draw, await collect];
  }

  /** After an update: new priorities by its absolute errors, f32 [B]. */
  async learning(o: ReplaySources & { errors: ComputeBuffer }): Promise<Dispatch[]> {
    if (!this.#prioritised) return [];
    const { batchSize: B } = this.#sizes;
    return [
      await this.#prepare('reprioritise', 'errors places priorities', B, o),
      await this.#prepare('sumChanged', 'places priorities sums most', B, o),
    ];
  }

  [Symbol.dispose](): void {
    for (const buffer of Object.values(this.#buffers)) buffer[Symbol.dispose]();
  }

  get #prioritised(): boolean {
    return this.#sizes.priorityPower !== null;
  }

  get #segments() {
    return segmentsOf(this.#sizes);
  }

  async #prepare(
    entry: string,
    names: string,
    invocations: number,
    sources: ReplaySources & { errors?: ComputeBuffer },
    own: Readonly<Record<string, number>> = {},
  ): Promise<Dispatch> {
    const { L, D, C, actionWords, batchSize, nStep, discount, priorityPower, seed } = this.#sizes;
    const { size, count } = this.#segments;
    const { play, buffers } = { play: this.#play, buffers: this.#buffers };
    const constants = {
      ACTORS: L,
      CAPACITY: C,
      FEATURES: D,
      WORDS: actionWords,
      BATCH: batchSize,
      N_STEP: nStep,
      DISCOUNT: discount,
      SEGMENT: size,
      SEGMENTS: count,
      POWER: priorityPower ?? 0,
      SEED: seed,
      ...own,
    };
    const wgsl = replayWgsl + mathWgsl + randomWgsl;
    const label = `replay: ${entry}`;
    const kernel = await this.#compute.createKernel({ label, wgsl, entry, constants });
    const { seen } = play.actors;
    const { outcome, after } = play;
    const { drawn, updates, broken, errors } = sources;
    const all = { ...buffers, seen, outcome, after, drawn, updates, broken, errors };
    const bindings = Object.fromEntries(
      names.split(' ').map((name) => [name, all[name as keyof typeof all]!]),
    );
    return kernel.prepare({ bindings, invocations });
  }
}

/** The last `count` examples by [rows, L]: actor l has those from l * rows on; the rest is nobody's. */
function filledOf(
  examples: Examples,
  o: { L: number; D: number; A: number; rows: number; count: number },
) {
  const { L, D, A, rows, count } = o;
  const { seen, after, rewards, ends } = examples;
  const done = new Uint32Array(examples.done.buffer, examples.done.byteOffset);
  const keptSeen = new Float32Array(rows * L * D);
  const keptAfter = new Float32Array(rows * L * D);
  const keptDrawn = new Uint32Array(rows * L * A);
  const keptOutcome = new Float32Array(rows * L * 2);
  for (let place = 0; place < rows * L; place++) {
    const t = Math.floor(place / L);
    const number = (place % L) * rows + t;
    const n = number + examples.count - count;
    if (number >= count) {
      keptOutcome[2 * place + 1] = RESET;
      continue;
    }
    keptSeen.set(seen.subarray(n * D, (n + 1) * D), place * D);
    keptAfter.set(after.subarray(n * D, (n + 1) * D), place * D);
    keptDrawn.set(done.subarray(n * A, (n + 1) * A), place * A);
    const isLast = t === rows - 1 || number === count - 1;
    keptOutcome[2 * place] = rewards[n]!;
    keptOutcome[2 * place + 1] = ends[n] !== 0 || !isLast ? ends[n]! : TRUNCATED;
  }
  return { keptSeen, keptAfter, keptDrawn, keptOutcome };
}

function segmentsOf({ C, L }: Sizes): { size: number; count: number } {
  const size = Math.ceil(Math.sqrt(C * L));
  return { size, count: Math.ceil((C * L) / size) };
}

/** Words of every buffer. */
function wordsOf(o: Sizes): Record<string, number> {
  const { C, L, D, actionWords: A, batchSize: B, priorityPower } = o;
  return {
    time: 1,
    first: 1,
    keptSeen: C * L * D,
    keptDrawn: C * L * A,
    keptAfter: C * L * D,
    keptOutcome: C * L * 2,
    priorities: priorityPower === null ? 1 : C * L,
    sums: priorityPower === null ? 1 : segmentsOf(o).count,
    most: 1,
    places: B,
    batchSeen: B * D,
    batchDrawn: B * A,
    batchAfter: B * D,
    batchOutcome: 4 * B,
  };
}
