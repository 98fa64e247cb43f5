/** A run of any algorithm at rest, and what lies on the device put into it and out of it again. */
import type { Compute, ComputeBuffer } from '@dreampitch/compute';
import { type Environment, versionOf } from '@dreampitch/sim';
import { decodeContainer, encodeContainer, refusal, type Refusal } from '../binary/container.ts';
import type { Options } from './options.ts';

const KIND = { magic: 'DPRL', what: 'training checkpoint' };
/** Raised when what is kept changes its meaning: then only the weights of older ones are of use. */
const CONTENT = 1;

export type Checkpoint = {
  readonly algorithm: string;
  readonly environment: string;
  readonly version: string; // versionOf(environment)
  readonly seed: number; // u32
  readonly options: Options;
  readonly counters: Readonly<Record<string, number>>;
  /** Words of every kept buffer, as bits. */
  readonly kept: Readonly<Record<string, Uint32Array<ArrayBuffer>>>;
};

export type DecodedTraining = { readonly ok: true; readonly checkpoint: Checkpoint } | Refusal;

export function encodeTraining(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { kept, ...rest } = checkpoint;
  const arrays = Object.values(kept).map((words) => new Float32Array(words.buffer));
  const header = { ...rest, content: CONTENT, names: Object.keys(kept) };
  return encodeContainer(KIND.magic, { header, arrays });
}

/** The run in these bytes; whatever they are, it does not throw. */
export function decodeTraining(bytes: Uint8Array): DecodedTraining {
  const decoded = decodeContainer(bytes, KIND);
  if (!decoded.ok) return decoded;
  const { arrays } = decoded.content;
  const { content, names, ...rest } = decoded.content.header as Partial<Checkpoint> & {
    content?: number;
    names?: string[];
  };
  if (content !== CONTENT) {
    const message = `This ${KIND.what} is of content ${content}; this version goes on from ${CONTENT}.`;
    return refusal(
      'newer-format',
      `${message} Its policy can still be played by the version it is of.`,
    );
  }
  const { algorithm, environment, version, seed, options, counters } = rest;
  const sound =
    [algorithm, environment, version].every((one) => typeof one === 'string') &&
    Number.isSafeInteger(seed) &&
    typeof options === 'object' &&
    typeof counters === 'object' &&
    Object.values(counters).every((one) => Number.isFinite(one)) &&
    Array.isArray(names) &&
    names.length === arrays.length;
  if (!sound) return refusal('corrupt', `This ${KIND.what} lacks parts.`);
  const kept = Object.fromEntries(
    names.map((name, i) => [name, new Uint32Array(arrays[i]!.buffer)]),
  );
  return { ok: true, checkpoint: { ...(rest as Omit<Checkpoint, 'kept'>), kept } };
}

/** The first of these that can be read, newest first, and why those before it could not. */
export function latestReadable(all: readonly Uint8Array[]): {
  readonly checkpoint: Checkpoint | null;
  readonly refused: readonly Refusal[];
} {
  const refused: Refusal[] = [];
  for (const bytes of all) {
    const decoded = decodeTraining(bytes);
    if (decoded.ok) return { checkpoint: decoded.checkpoint, refused };
    refused.push(decoded);
  }
  return { checkpoint: null, refused };
}

/** Throws where a checkpoint is of something else, naming it. */
export async function checkOrigin(
  checkpoint: Checkpoint,
  wanted: { readonly algorithm: string; readonly environment: Environment },
): Promise<void> {
  const { algorithm, environment } = wanted;
  if (checkpoint.algorithm !== algorithm) {
    throw new Error(`This checkpoint is of ${checkpoint.algorithm}, not of ${algorithm}.`);
  }
  if (checkpoint.environment !== environment.id) {
    throw new Error(`This checkpoint trains ${checkpoint.environment}, not ${environment.id}.`);
  }
  if (checkpoint.version !== (await versionOf(environment))) {
    throw new Error(
      `This checkpoint is of another version of ${environment.id}; start a new run from its weights.`,
    );
  }
}

/** A buffer to keep; of more than `bytes`, what lies behind means nothing and is not kept. */
export type KeptBuffer = { readonly buffer: ComputeBuffer; readonly bytes?: number };
export type KeptBuffers = Readonly<Record<string, KeptBuffer>>;

/** The words of the buffers after everything submitted before. */
export async function readKept(
  compute: Compute,
  buffers: KeptBuffers,
): Promise<Checkpoint['kept']> {
  const kept: Record<string, Uint32Array<ArrayBuffer>> = {};
  for (const [name, { buffer, bytes }] of Object.entries(buffers)) {
    const all = await compute.read(buffer);
    kept[name] = new Uint32Array(all.slice(0, bytes).buffer);
  }
  return kept;
}

/** Puts them back; what lies behind the kept words stays. Throws where a buffer does not fit. */
export async function writeKept(
  compute: Compute,
  buffers: KeptBuffers,
  kept: Checkpoint['kept'],
): Promise<void> {
  for (const [name, { buffer }] of Object.entries(buffers)) {
    const words = kept[name];
    if (!words || words.byteLength > buffer.bytes) {
      const got = words ? `${words.byteLength} bytes` : 'nothing';
      throw new Error(`This checkpoint has ${got} for '${name}'; want ${buffer.bytes} bytes.`);
    }
    const all = await compute.read(buffer); // interleaved buffers are written whole
    all.set(new Uint8Array(words.buffer));
    compute.write(buffer, all);
  }
}
