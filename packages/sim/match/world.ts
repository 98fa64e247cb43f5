/** One world on strict WASM, stepped tick by tick: what matches and replays have in common. */
import type { Dispatch, WasmCompute } from '@dreampitch/compute';
import type { Environment } from '../environment/environment.ts';
import { canonicalise, type StateFields, stateFields } from '../environment/state-fields.ts';
import { VectorEnvironment } from '../environment/vector-environment.ts';

export class SingleWorld implements Disposable {
  readonly environment: VectorEnvironment;
  readonly fields: StateFields;
  readonly #compute: WasmCompute;

  private constructor(compute: WasmCompute, environment: VectorEnvironment) {
    this.#compute = compute;
    this.environment = environment;
    this.fields = stateFields(environment.environment);
  }

  static async create(
    compute: WasmCompute,
    environment: Environment,
    options: { rules: Readonly<Record<string, number>>; seed: number },
  ): Promise<SingleWorld> {
    const { rules, seed } = options;
    const world = await VectorEnvironment.create(compute, environment, { worldCount: 1, rules });
    world.reset(Uint32Array.of(seed));
    return new SingleWorld(compute, world);
  }

  /** i32 [R, A]: what the next step does. Taken anew every time, as the memory may move. */
  get actions(): Int32Array {
    const { agentCount, actionSize, buffers } = this.environment;
    const { buffer, byteOffset } = this.#compute.view(buffers.actions);
    return new Int32Array(buffer, byteOffset, agentCount * actionSize);
  }

  /** f32 [R, D]: a view of what the robots saw when `observe` last ran. */
  get observations(): Float32Array {
    const { agentCount, observationSize, buffers } = this.environment;
    const { buffer, byteOffset } = this.#compute.view(buffers.observations);
    return new Float32Array(buffer, byteOffset, agentCount * observationSize);
  }

  /** f32 [R]: a view of the rewards of the latest step. */
  get rewards(): Float32Array {
    const { buffer, byteOffset } = this.#compute.view(this.environment.buffers.rewards);
    return new Float32Array(buffer, byteOffset, this.environment.agentCount);
  }

  /** TERMINATED, TRUNCATED or RESET, of the latest step. */
  get end(): number {
    const { buffer, byteOffset } = this.#compute.view(this.environment.buffers.ends);
    return new Uint32Array(buffer, byteOffset, 1)[0]!;
  }

  /** One tick with `actions`; `before` runs first, in the same batch. */
  step(before: readonly Dispatch[] = []): void {
    this.#compute.submit([...before, this.environment.dispatches.step]);
  }

  observe(): void {
    this.#compute.submit([this.environment.dispatches.observe]);
  }

  /** The kernel's World in WGSL's layout, NaN canonical. */
  read(): Uint8Array<ArrayBuffer> {
    const { bytes } = this.fields;
    const state = this.#compute.readSync(this.environment.buffers.worlds, { byteOffset: 0, bytes });
    canonicalise(state, this.fields);
    return state;
  }

  write(state: Uint8Array): void {
    this.#compute.write(this.environment.buffers.worlds, state);
  }

  [Symbol.dispose](): void {
    this.environment[Symbol.dispose]();
  }
}
