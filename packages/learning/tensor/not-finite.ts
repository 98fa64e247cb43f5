/** Which operator made the first number of a run that is infinite or none: the run, step by step. */
import type { Compute, ComputeBuffer } from '@dreampitch/compute';
import { build, type Built, type Named, type Prepared } from './build.ts';
import { decodeElements } from './elements.ts';
import { elementCount, type Shape, shownShape, stridesOf } from './shape.ts';
import { readBy, shownTensor, Tensor, wordCount } from './tensor.ts';

export type NotFinite = {
  /** Its name, `log`, or that of an input or state that was so before the run. */
  readonly operator: string;
  readonly shape: Shape;
  /** `log [32, 4] is -Infinity at [3, 1], of 0`. */
  readonly message: string;
};

type Values = Float32Array<ArrayBuffer>;
type Ready = Pick<Built, 'prepared' | 'named'>;

/**
 * Runs it once, with the inputs and states as they are, which it leaves so. Null where every number is
 * finite. Slow: it reads back whatever is computed.
 */
export async function firstNotFinite(compute: Compute, built: Ready): Promise<NotFinite | null> {
  const leaves = [...built.named.values()].filter(({ tensor }) => isLeafOfRun(tensor));
  for (const one of leaves) {
    const values = await valuesOf(compute, one);
    const at = values ? firstBad(values) : -1;
    if (at >= 0) return found(one.tensor, { values: values!, at });
  }
  const before = await Promise.all(
    leaves.map(async (one) => ({ one, bytes: await compute.read(one.buffer) })),
  );
  try {
    for (const prepared of built.prepared) {
      const bad = await runOne(compute, prepared);
      if (bad) return bad;
    }
    return null;
  } finally {
    for (const { one, bytes } of before) compute.write(one.buffer, bytes);
  }
}

function isLeafOfRun({ operator }: Tensor): boolean {
  return operator.kind === 'input' || operator.kind === 'state';
}

async function runOne(
  compute: Compute,
  { dispatch, computes }: Prepared,
): Promise<NotFinite | null> {
  if (!computes) {
    compute.submit([dispatch]);
    return null;
  }
  const { results, reads } = computes;
  // What is written over what is read is kept, to look within.
  const overwritten = results.filter((one) => reads.some(({ buffer }) => buffer === one.buffer));
  const kept = await Promise.all(overwritten.map(({ buffer }) => compute.read(buffer)));
  compute.submit([dispatch]);
  // The one that the kernel is for reads the others.
  for (const result of [...results.slice(1), results[0]!]) {
    const values = await valuesOf(compute, result);
    const at = values ? firstBad(values) : -1;
    if (at < 0) continue;
    overwritten.forEach(({ buffer }, i) => compute.write(buffer, kept[i]!));
    const inside = await lookWithin(compute, { tensor: result.tensor, reads });
    return inside ?? found(result.tensor, { values: values!, at });
  }
  return null;
}

/** Of the operators that one kernel computes, the first that goes wrong, computed one by one. */
async function lookWithin(
  compute: Compute,
  { tensor, reads }: { tensor: Tensor; reads: readonly Named[] },
): Promise<NotFinite | null> {
  const stand = new Map<Tensor, Tensor>(); // the same graph, of inputs
  const bound: Record<string, ComputeBuffer> = {};
  for (const [i, { tensor: read, buffer }] of reads.entries()) {
    const { shape, type } = read;
    stand.set(read, new Tensor({ kind: 'input', name: `read ${i}` }, [], { shape, type }));
    bound[`read ${i}`] = buffer;
  }
  const inside: Tensor[] = [];
  const copy = (one: Tensor): Tensor => {
    const known = stand.get(one);
    if (known) return known;
    const { operator, shape, type } = one;
    const copied = new Tensor(operator, readBy(one).map(copy), { shape, type });
    stand.set(one, copied);
    inside.push(one);
    return copied;
  };
  copy(tensor);
  const outputs = Object.fromEntries([...stand.values()].map((one, i) => [`value ${i}`, one]));
  const { owned, prepared, named } = await build(compute, { outputs, bound });
  try {
    compute.submit(prepared.map(({ dispatch }) => dispatch));
    const placed = new Map([...named.values()].map((one) => [one.tensor, one]));
    const read = (one: Tensor) => valuesOf(compute, placed.get(stand.get(one)!)!);
    for (const one of inside) {
      const values = await read(one);
      const at = values ? firstBad(values) : -1;
      if (at < 0) continue;
      const operands = one.operator.kind === 'map' ? await Promise.all(one.inputs.map(read)) : [];
      return found(one, { values: values!, at, of: operands.map((all) => all?.[at]) });
    }
    return null;
  } finally {
    for (const buffer of owned) buffer[Symbol.dispose]();
  }
}

/** Null of whole numbers. */
async function valuesOf(compute: Compute, { tensor, buffer }: Named): Promise<Values | null> {
  const { type, shape } = tensor;
  if (type === 'u32') return null;
  const bytes = await compute.read(buffer, { byteOffset: 0, bytes: 4 * wordCount(tensor) });
  return decodeElements(bytes, { type, count: elementCount(shape) });
}

function firstBad(values: Values): number {
  return values.findIndex((value) => !Number.isFinite(value));
}

function found(
  tensor: Tensor,
  o: { values: Values; at: number; of?: readonly (number | undefined)[] },
): NotFinite {
  const { operator, shape } = tensor;
  const place = stridesOf(shape).map((stride, axis) => Math.floor(o.at / stride) % shape[axis]!);
  const where = shape.length === 0 ? '' : ` at ${shownShape(place)}`;
  const of = o.of?.length
    ? `, of ${o.of.map((one) => Number(one?.toPrecision(6))).join(' and ')}`
    : '';
  const shown = shownTensor(tensor);
  const message = `${shown} is ${o.values[o.at]}${where}${of}`;
  const isNamed = operator.kind === 'input' || operator.kind === 'state';
  const name = isNamed ? `${operator.kind} '${operator.name}'` : shown.split(' ')[0]!;
  return { operator: name, shape, message };
}
