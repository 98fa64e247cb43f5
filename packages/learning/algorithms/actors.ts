/** actors.wgsl on the side of TypeScript: agents of an environment that a network drives. */
import type { ComputeBuffer, Dispatch } from '@dreampitch/compute';
import type { VectorEnvironment } from '@dreampitch/sim';
import { type ActorSpace, actorSpaceOf } from './actor-space.ts';
import actorsWgsl from './actors.wgsl';

/** Axes: L actors, D features, A action numbers. */
export class Actors implements Disposable {
  readonly space: ActorSpace;
  readonly agents: Uint32Array<ArrayBuffer>; // [L]: world * R + agent
  readonly seen: ComputeBuffer; // f32 [L, D], written by `see`
  readonly agentsBuffer: ComputeBuffer;
  readonly see: Dispatch;
  readonly #environment: VectorEnvironment;
  readonly #ranges: ComputeBuffer;

  private constructor(
    environment: VectorEnvironment,
    parts: Pick<Actors, 'space' | 'agents' | 'seen' | 'agentsBuffer' | 'see'> & {
      ranges: ComputeBuffer;
    },
  ) {
    this.#environment = environment;
    this.space = parts.space;
    this.agents = parts.agents;
    this.seen = parts.seen;
    this.agentsBuffer = parts.agentsBuffer;
    this.see = parts.see;
    this.#ranges = parts.ranges;
  }

  /** Throws where no network drives the environment. */
  static async create(environment: VectorEnvironment, agents: Uint32Array): Promise<Actors> {
    const space = actorSpaceOf(environment.environment);
    const { compute, buffers } = environment;
    const create = (label: string, words: Uint32Array | Float32Array) => {
      const buffer = compute.createBuffer({ label: `actors: ${label}`, bytes: words.byteLength });
      compute.write(buffer, words);
      return buffer;
    };
    const own = Uint32Array.from(agents);
    const agentsBuffer = create('agents', own);
    const seen = create('seen', new Float32Array(own.length * space.inputs));
    const ranges = create('ranges', space.kind === 'numbers' ? space.ranges : new Float32Array(2));
    const kernel = await kernelOf(environment, { space, actorCount: own.length, entry: 'see' });
    const { observations } = buffers;
    const see = kernel.prepare({
      bindings: { agents: agentsBuffer, observations, seen },
      invocations: own.length * space.inputs,
    });
    return new Actors(environment, { space, agents: own, seen, agentsBuffer, see, ranges });
  }

  get count(): number {
    return this.agents.length;
  }

  /** Writes u32 [L] of choices or f32 [L, A] of numbers in -1 .. 1 to the environment's actions. */
  async decide(drawn: ComputeBuffer): Promise<Dispatch> {
    const { space, count } = this;
    const { actions } = this.#environment.buffers;
    const numbers = space.kind === 'numbers';
    const entry = numbers ? 'decideNumbers' : 'decideChoice';
    const kernel = await kernelOf(this.#environment, { space, actorCount: count, entry });
    const agents = this.agentsBuffer;
    return kernel.prepare({
      bindings: numbers
        ? { agents, actions, numbers: drawn, ranges: this.#ranges }
        : { agents, actions, choices: drawn },
      invocations: numbers ? count * space.count : count,
    });
  }

  [Symbol.dispose](): void {
    for (const buffer of [this.agentsBuffer, this.seen, this.#ranges]) buffer[Symbol.dispose]();
  }
}

function kernelOf(
  environment: VectorEnvironment,
  o: { space: ActorSpace; actorCount: number; entry: string },
) {
  const { space, actorCount, entry } = o;
  const constants = {
    ACTORS: actorCount,
    FEATURES: space.inputs,
    SEES_CHOICE: space.seesChoice ? 1 : 0,
    ACTIONS: space.kind === 'numbers' ? space.count : 1,
    WHOLE: space.kind === 'numbers' && space.whole ? 1 : 0,
    FIRST: space.kind === 'choice' ? space.first : 0,
  };
  const label = `actors: ${entry}`;
  return environment.compute.createKernel({ label, wgsl: actorsWgsl, entry, constants });
}
