/** What the runs of all algorithms do in the same way with what they have. */
import type { Compute } from '@dreampitch/compute';
import { type Environment, versionOf } from '@dreampitch/sim';
import type { NamedTensor } from '../formats/safetensors.ts';
import type { Program, Update } from '../tensor/program.ts';
import { type Checkpoint, encodeTraining, type KeptBuffers, readKept } from './checkpoint.ts';
import type { Options } from './options.ts';

export type Run = {
  readonly algorithm: string;
  readonly compute: Compute;
  readonly environment: Environment;
  readonly options: Options;
  readonly seed: number; // u32
};

/** Memory of a program's states, to be kept: those that its updates write. */
export function statesOf(program: Program, updates: readonly Update[], prefix = ''): KeptBuffers {
  return Object.fromEntries(
    updates.map(({ state }) => {
      const name = state.operator.kind === 'state' ? state.operator.name : '';
      return [prefix + name, { buffer: program.buffer(name) }];
    }),
  );
}

export async function checkpointOf(
  run: Run,
  o: { counters: Checkpoint['counters']; buffers: KeptBuffers },
): Promise<Uint8Array<ArrayBuffer>> {
  const { algorithm, environment, options, seed } = run;
  const version = await versionOf(environment);
  const kept = await readKept(run.compute, o.buffers);
  const { counters } = o;
  return encodeTraining({
    algorithm,
    environment: environment.id,
    version,
    seed,
    options,
    counters,
    kept,
  });
}

/** Weights `name.0.weight`, ... as `0.weight`, ...: what a PolicyNetwork holds. */
export function layersNamed(
  weights: Readonly<Record<string, NamedTensor>>,
  name: string,
): { weights: Record<string, NamedTensor>; sizes: number[] } {
  const found: Record<string, NamedTensor> = {};
  const sizes: number[] = [];
  for (let i = 0; weights[`${name}.${i}.weight`]; i++) {
    const weight = weights[`${name}.${i}.weight`]!;
    if (i === 0) sizes.push(weight.shape[1]!);
    sizes.push(weight.shape[0]!);
    found[`${i}.weight`] = weight;
    found[`${i}.bias`] = weights[`${name}.${i}.bias`]!;
  }
  return { weights: found, sizes };
}

/** Says that a part is to be disposed of, should what it is made for fail. */
export type Own = <Part extends Disposable>(part: Part) => Part;

/** Makes something of parts; where that fails half-way, those that were made are disposed of. */
export async function madeOf<Whole>(make: (own: Own) => Promise<Whole>): Promise<Whole> {
  const parts: Disposable[] = [];
  try {
    return await make((part) => {
      parts.push(part);
      return part;
    });
  } catch (error) {
    for (const part of parts.toReversed()) part[Symbol.dispose]();
    throw error;
  }
}
