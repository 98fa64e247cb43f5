/** One world of an edited environment, stepped in its own time by chance, a person or a player. */
import { openWasm } from '@dreampitch/compute';
import type { WasmCompute } from '@dreampitch/compute';
import { decodePlayer, networkPolicy } from '@dreampitch/learning';
import type { AttachedPolicy, Environment, Space } from '@dreampitch/sim';
import { contains, RESET, sample, sizeOf, VectorEnvironment } from '@dreampitch/sim';
import type { ActionForm, Driver, Frame, Seen } from './protocol.ts';

const boundAt = (of: number | readonly number[], i: number) =>
  typeof of === 'number' ? of : of[i]!;
const finite = (value: number) => (Number.isFinite(value) ? value : null);
/** A slider needs ends. */
const SLIDER_MAX = 10;

export function actionForm({ actionSpace }: Environment): ActionForm {
  if (actionSpace.kind === 'discrete') {
    return { kind: 'choice', count: actionSpace.count, start: actionSpace.start };
  }
  if (actionSpace.kind !== 'box') throw new Error('Actions are one choice or numbers.');
  const { low, high, names, size, type } = actionSpace;
  const numbers = Array.from({ length: size }, (_, i) => ({
    name: names?.[i] ?? `action ${i + 1}`,
    low: finite(boundAt(low, i)) ?? -SLIDER_MAX,
    high: finite(boundAt(high, i)) ?? SLIDER_MAX,
  }));
  return { kind: 'numbers', numbers, whole: type === 'int8' };
}

export function seenBy({ observationSpace: space }: Environment): Seen[] {
  if (space.kind === 'discrete') return [{ name: 'place', low: 0, high: space.count - 1 }];
  if (space.kind !== 'box') return [];
  return Array.from({ length: space.size }, (_, i) => ({
    name: space.names?.[i] ?? `number ${i + 1}`,
    low: finite(boundAt(space.low, i)),
    high: finite(boundAt(space.high, i)),
  }));
}

export class LiveWorld implements Disposable {
  driver: Driver = 'random';
  action: readonly number[] = [];
  readonly #compute: WasmCompute;
  readonly #worlds: VectorEnvironment;
  readonly #player: AttachedPolicy | null;
  readonly #space: Space;
  #steps = 0;
  #return = 0;
  #returns = { count: 0, sum: 0 };
  #farthest: number[] = [];

  private constructor(
    compute: WasmCompute,
    worlds: VectorEnvironment,
    player: AttachedPolicy | null,
  ) {
    this.#compute = compute;
    this.#worlds = worlds;
    this.#player = player;
    this.#space = worlds.environment.actionSpace;
  }

  static async create(
    environment: Environment,
    options: { seed: number; player: Uint8Array | null },
  ): Promise<LiveWorld> {
    const compute = await openWasm({ threadCount: 1, sharedMemory: false });
    const worlds = await VectorEnvironment.create(compute, environment, { worldCount: 1 });
    worlds.reset(options.seed);
    const decoded = options.player && decodePlayer(options.player);
    // What was trained may have seen or done something else, before the text was changed.
    const player = decoded?.ok
      ? await networkPolicy({ ...decoded.player, environment: environment.id })
          .attach(worlds, Uint32Array.of(0))
          .catch(() => null)
      : null;
    return new LiveWorld(compute, worlds, player);
  }

  /** One step. Throws LoopBudgetError. */
  step(): Frame {
    const { buffers } = this.#worlds;
    if (this.driver === 'player' && this.#player) this.#compute.submit(this.#player.dispatches);
    else this.#write(this.driver === 'you' ? this.action : []);
    this.#worlds.step();
    const reward = new Float32Array(this.#compute.readSync(buffers.rewards).buffer)[0]!;
    const end = new Uint32Array(this.#compute.readSync(buffers.ends).buffer)[0]!;
    if (end === RESET) {
      this.#steps = 0;
      this.#return = 0;
    } else {
      this.#steps++;
      this.#return += reward;
      if (end !== 0) {
        this.#returns.count++;
        this.#returns.sum += this.#return;
      }
    }
    const { observationSpace } = this.#worlds.environment;
    const observation = this.#numbers(buffers.observations, observationSpace);
    this.#farthest = observation.map((value, i) =>
      Math.max(this.#farthest[i] ?? 0, Math.abs(value)),
    );
    return {
      observation,
      farthest: this.#farthest,
      action: this.#numbers(buffers.actions, this.#space),
      reward,
      steps: this.#steps,
      episodeReturn: this.#return,
      episodes: this.#returns.count,
      meanReturn: this.#returns.count === 0 ? null : this.#returns.sum / this.#returns.count,
    };
  }

  /** The wanted action where it is one, else one by chance. */
  #write(wanted: readonly number[]): void {
    const numbers = contains(this.#space, wanted) ? wanted : sample(this.#space, Math.random);
    const floats = this.#space.kind === 'box' && this.#space.type === 'f32';
    const row = floats ? Float32Array.from(numbers) : Int32Array.from(numbers);
    this.#compute.write(this.#worlds.buffers.actions, row);
  }

  #numbers(buffer: VectorEnvironment['buffers']['actions'], space: Space): number[] {
    const bytes = this.#compute.readSync(buffer, { byteOffset: 0, bytes: 4 * sizeOf(space) });
    const floats =
      space.kind === 'box' && (buffer !== this.#worlds.buffers.actions || space.type === 'f32');
    return [...(floats ? new Float32Array(bytes.buffer) : new Int32Array(bytes.buffer))];
  }

  [Symbol.dispose](): void {
    this.#player?.[Symbol.dispose]();
    this.#worlds[Symbol.dispose]();
    this.#compute[Symbol.dispose]();
  }
}
