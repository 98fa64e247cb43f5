/**
 * A graph compiled once, run any number of times: one plan of memory, one submission per run, and no
 * allocation while running. build.ts compiles it.
 */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import { type Built, build, type ProgramOptions } from './build.ts';
import { decodeElements, encodeElements } from './elements.ts';
import { firstNotFinite, type NotFinite } from './not-finite.ts';
import { elementCount, ShapeError } from './shape.ts';
import { wordCount } from './tensor.ts';

export type { ProgramOptions } from './build.ts';
export type { Update } from './schedule.ts';

export class Program implements Disposable {
  /** One run, to be put into a batch of one's own. */
  readonly dispatches: readonly Dispatch[];
  readonly #compute: Compute;
  readonly #built: Built;

  private constructor(compute: Compute, built: Built) {
    this.#compute = compute;
    this.#built = built;
    this.dispatches = built.prepared.map(({ dispatch }) => dispatch);
  }

  /** Throws ShapeError, or what compute throws. */
  static async create(compute: Compute, options: ProgramOptions): Promise<Program> {
    return new Program(compute, await build(compute, options));
  }

  /** Memory that is the program's own: inputs, states, outputs, and what it computes them of. */
  get bytes(): number {
    return this.#built.owned.reduce((total, buffer) => total + buffer.bytes, 0);
  }

  run(times = 1): void {
    this.#compute.submit(this.dispatches, { times });
  }

  /** Elements of an input or state, row-major. */
  write(name: string, data: Float32Array | Uint32Array): void {
    const { tensor, buffer } = this.#find(name);
    const wanted = elementCount(tensor.shape);
    const fits = (tensor.type === 'u32') === data instanceof Uint32Array;
    if (data.length !== wanted || !fits) {
      const got = `${data.length} elements of ${data.constructor.name}`;
      throw new ShapeError(`write ${name}`, `wants ${wanted} of ${tensor.type}, got ${got}.`);
    }
    this.#compute.write(buffer, encodeElements(data, tensor.type));
  }

  /** Elements of an output, input or state after everything submitted before. */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { tensor, buffer } = this.#find(name);
    const bytes = await this.#compute.read(buffer, { byteOffset: 0, bytes: 4 * wordCount(tensor) });
    return decodeElements(bytes, { type: tensor.type, count: elementCount(tensor.shape) });
  }

  /** To bind it in another program, or to a kernel. */
  buffer(name: string): ComputeBuffer {
    return this.#find(name).buffer;
  }

  /**
   * Where a loss came out infinite or as no number: what made the first such number of a run, with the
   * inputs and states as they are, which it leaves so. Null where all are finite. Slow: it computes the
   * run kernel by kernel, reads back each result, and takes the kernel that went wrong apart.
   */
  firstNotFinite(): Promise<NotFinite | null> {
    return firstNotFinite(this.#compute, this.#built);
  }

  [Symbol.dispose](): void {
    for (const buffer of this.#built.owned) buffer[Symbol.dispose]();
  }

  #find(name: string) {
    const found = this.#built.named.get(name);
    if (found) return found;
    const names = [...this.#built.named.keys()].join(', ');
    throw new Error(`This program has nothing named '${name}'; it has ${names}.`);
  }
}
