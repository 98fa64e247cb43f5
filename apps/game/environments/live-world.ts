/** One world of an edited environment, stepped in its own time by chance, a person or what was learned. */
import { openWasm } from '@dreampitch/compute';
import type { WasmCompute } from '@dreampitch/compute';
import type { AttachedPolicy, Environment, Space, StateFields } from '@dreampitch/sim';
import { contains, RESET, sample, sizeOf, stateFields, VectorEnvironment } from '@dreampitch/sim';
import { learnedPolicy } from '../storage/learned-policy.ts';
import { seenBy } from './action-form.ts';
import type { Driver, Frame, Shown } from './protocol.ts';

/** Chance does the same for so long, or nothing gets anywhere. */
const CHANCE_SECONDS = 0.15;

type Player = { readonly attached: AttachedPolicy; readonly ticks: number };

type Parts = {
  compute: WasmCompute;
  worlds: VectorEnvironment;
  player: Player | null;
  refusal: string | null;
};

const isFloat = (space: Space) => space.kind === 'box' && space.type === 'f32';

export class LiveWorld implements Disposable {
  driver: Driver = 'random';
  action: readonly number[] = [];
  /** Why what was learned cannot drive it; null: it can, or there is nothing. */
  readonly refusal: string | null;
  readonly #compute: WasmCompute;
  readonly #worlds: VectorEnvironment;
  readonly #player: Player | null;
  readonly #space: Space;
  readonly #fields: StateFields;
  #tick = 0;
  #chance: number[] = [];
  #steps = 0;
  #return = 0;
  #returns = { count: 0, sum: 0 };
  #farthest: number[] = [];

  private constructor({ compute, worlds, player, refusal }: Parts) {
    this.#compute = compute;
    this.#worlds = worlds;
    this.#player = player;
    this.refusal = refusal;
    this.#space = worlds.environment.actionSpace;
    this.#fields = stateFields(worlds.environment);
  }

  static async create(
    environment: Environment,
    options: { seed: number; policy: Uint8Array | null },
  ): Promise<LiveWorld> {
    const compute = await openWasm({ threadCount: 1, sharedMemory: false });
    const worlds = await VectorEnvironment.create(compute, environment, { worldCount: 1 });
    worlds.reset(options.seed);
    if (options.policy === null) {
      return new LiveWorld({ compute, worlds, player: null, refusal: null });
    }
    try {
      const policy = learnedPolicy(options.policy);
      const agents = Uint32Array.from({ length: worlds.agentCount }, (_, agent) => agent);
      const attached = await policy.attach(worlds, agents);
      const player = { attached, ticks: policy.ticksPerAction ?? 1 };
      return new LiveWorld({ compute, worlds, player, refusal: null });
    } catch (error) {
      const refusal = error instanceof Error ? error.message : String(error);
      return new LiveWorld({ compute, worlds, player: null, refusal });
    }
  }

  get shown(): Shown {
    const { environment } = this.#worlds;
    return {
      name: environment.id,
      picture: environment.picture ?? null,
      names: this.#fields.fields.map(({ name }) => name.replace('state.', '')),
      seen: seenBy(environment),
      agentCount: environment.agentCount,
    };
  }

  /** One step. Throws LoopBudgetError. */
  step(): Frame {
    this.#decide();
    this.#worlds.step();
    this.#tick++;
    const { buffers, environment } = this.#worlds;
    const reward = new Float32Array(this.#compute.readSync(buffers.rewards).buffer)[0]!;
    const end = new Uint32Array(this.#compute.readSync(buffers.ends).buffer)[0]!;
    this.#count(reward, end);
    const observed = 4 * sizeOf(environment.observationSpace);
    const observation = this.#numbers(buffers.observations, observed, environment.observationSpace);
    this.#farthest = observation.map((value, i) =>
      Math.max(this.#farthest[i] ?? 0, Math.abs(value)),
    );
    const done = 4 * sizeOf(this.#space) * environment.agentCount;
    return {
      state: this.#state(),
      observation,
      farthest: this.#farthest,
      action: this.#numbers(buffers.actions, done, this.#space),
      reward,
      steps: this.#steps,
      episodeReturn: this.#return,
      episodes: this.#returns.count,
      meanReturn: this.#returns.count === 0 ? null : this.#returns.sum / this.#returns.count,
    };
  }

  #count(reward: number, end: number): void {
    if (end === RESET) {
      this.#steps = 0;
      this.#return = 0;
      return;
    }
    this.#steps++;
    this.#return += reward;
    if (end === 0) return;
    this.#returns.count++;
    this.#returns.sum += this.#return;
  }

  #decide(): void {
    if (this.driver === 'learned' && this.#player) {
      const { attached, ticks } = this.#player;
      if (this.#tick % ticks === 0) this.#compute.submit(attached.dispatches);
      return;
    }
    const { environment, buffers } = this.#worlds;
    const held = Math.max(1, Math.round(CHANCE_SECONDS / environment.tickSeconds));
    if (this.#tick % held === 0) {
      this.#chance = Array.from({ length: environment.agentCount }, () =>
        sample(this.#space, Math.random),
      ).flat();
    }
    const wanted = this.driver === 'you' && contains(this.#space, this.action) ? this.action : [];
    const numbers = [...wanted, ...this.#chance.slice(wanted.length)];
    const row = isFloat(this.#space) ? Float32Array.from(numbers) : Int32Array.from(numbers);
    this.#compute.write(buffers.actions, row);
  }

  #state(): number[] {
    const { bytes, fields } = this.#fields;
    const { buffer } = this.#compute.readSync(this.#worlds.buffers.worlds, {
      byteOffset: 0,
      bytes,
    });
    const floats = new Float32Array(buffer);
    const [whole, signed] = [new Uint32Array(buffer), new Int32Array(buffer)];
    return fields.map(({ word, type }) => {
      if (type === 'f32') return floats[word]!;
      return type === 'i32' ? signed[word]! : whole[word]!;
    });
  }

  #numbers(buffer: VectorEnvironment['buffers']['actions'], bytes: number, space: Space): number[] {
    const read = this.#compute.readSync(buffer, { byteOffset: 0, bytes });
    return [...(isFloat(space) ? new Float32Array(read.buffer) : new Int32Array(read.buffer))];
  }

  [Symbol.dispose](): void {
    this.#player?.attached[Symbol.dispose]();
    this.#worlds[Symbol.dispose]();
    this.#compute[Symbol.dispose]();
  }
}
