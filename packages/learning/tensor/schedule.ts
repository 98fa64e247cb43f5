/**
 * The order of a graph's kernels: of those whose operands are there, the one that gives back most
 * memory; where none does, in the order in which they are needed. New values are written straight over the old ones where nobody reads these
 * any more. Pure.
 */
import { readBy, type Tensor, wordCount } from './tensor.ts';

export type Update = { readonly state: Tensor; readonly value: Tensor };

/** A kernel, or a loop: reads tensors in memory and writes others. */
export type Work = {
  readonly reads: readonly Tensor[];
  readonly writes: readonly Tensor[];
  /** Read only at the place that is written: may be overwritten. */
  readonly inPlace: ReadonlySet<Tensor>;
  /** What has to be done before, though it is not read. */
  readonly gates: readonly Tensor[];
};

export type Schedule<W extends Work> = {
  readonly order: readonly W[];
  /** New values that are written over the old ones, and those that are copied there at the end. */
  readonly direct: readonly Update[];
  readonly copied: readonly Update[];
};

/** `kept`: read after all of it. `copies`: states that get their new value at the very end. */
export function schedule<W extends Work>(
  works: readonly W[],
  o: {
    readonly updates: readonly Update[];
    readonly kept: ReadonlySet<Tensor>;
    readonly copies?: ReadonlySet<Tensor>;
  },
): Schedule<W> {
  const before = dependencies(works);
  const [direct, copied]: [Update[], Update[]] = [[], []];
  const makerOf = makers(works);
  const taken = new Set(o.kept);
  for (const update of o.updates) {
    const maker = makerOf.get(update.value);
    const readers = works.filter((one) => one !== maker && one.reads.includes(update.state));
    const fits =
      maker &&
      !taken.has(update.value) &&
      !o.kept.has(update.state) &&
      !o.copies?.has(update.state) &&
      (!maker.reads.includes(update.state) || maker.inPlace.has(update.state)) &&
      !readers.some((reader) => comesAfter(reader, maker, before));
    if (fits) {
      for (const reader of readers) before.get(maker)!.add(reader);
      taken.add(update.value);
    }
    (fits ? direct : copied).push(update);
  }
  const held = new Set([...taken, ...copied.map((one) => one.value)]);
  return { order: ordered(works, before, held), direct, copied };
}

function makers<W extends Work>(works: readonly W[]): Map<Tensor, W> {
  return new Map(works.flatMap((work) => work.writes.map((one) => [one, work] as const)));
}

/** For each, what has to come before it. */
function dependencies<W extends Work>(works: readonly W[]): Map<W, Set<W>> {
  const makerOf = makers(works);
  const before = new Map<W, Set<W>>();
  for (const work of works) {
    const made = [...work.reads, ...work.gates].map((one) => makerOf.get(one));
    before.set(work, new Set(made.filter((one) => one !== undefined && one !== work) as W[]));
  }
  return before;
}

/** Whether `later` needs, by whatever detour, that `earlier` is done. */
function comesAfter<W>(later: W, earlier: W, before: ReadonlyMap<W, ReadonlySet<W>>): boolean {
  const [stack, seen] = [[later], new Set([later])];
  while (stack.length > 0) {
    const one = stack.pop()!;
    if (one === earlier) return true;
    for (const next of before.get(one)!) {
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return false;
}

function ordered<W extends Work>(
  works: readonly W[],
  before: ReadonlyMap<W, ReadonlySet<W>>,
  held: ReadonlySet<Tensor>,
): W[] {
  const made = new Set(works.flatMap((work) => work.writes).filter((one) => !held.has(one)));
  const readersLeft = new Map<Tensor, number>();
  const waitingFor = new Map(works.map((work) => [work, before.get(work)!.size]));
  const unlocks = new Map<W, W[]>();
  for (const work of works) {
    for (const one of new Set(work.reads)) readersLeft.set(one, (readersLeft.get(one) ?? 0) + 1);
    for (const one of before.get(work)!) unlocks.set(one, [...(unlocks.get(one) ?? []), work]);
  }
  /** Words given back less those taken, where these are fewer. */
  const gain = (work: W) => {
    const freed = [...new Set(work.reads)].filter(
      (one) => made.has(one) && readersLeft.get(one) === 1,
    );
    const taken = work.writes.filter((one) => made.has(one));
    return Math.max(0, countOf(freed) - countOf(taken));
  };
  const position = new Map(works.map((work, i) => [work, i]));
  const ready = works.filter((work) => waitingFor.get(work) === 0);
  const order: W[] = [];
  while (ready.length > 0) {
    let best = 0;
    for (let i = 1; i < ready.length; i++) {
      const [own, other] = [gain(ready[i]!), gain(ready[best]!)];
      const earlier = position.get(ready[i]!)! < position.get(ready[best]!)!;
      if (own > other || (own === other && earlier)) best = i;
    }
    const [work] = ready.splice(best, 1) as [W];
    order.push(work);
    for (const one of new Set(work.reads)) readersLeft.set(one, readersLeft.get(one)! - 1);
    for (const next of unlocks.get(work) ?? []) {
      const left = waitingFor.get(next)! - 1;
      waitingFor.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return order;
}

function countOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((total, one) => total + wordCount(one), 0);
}

/** What a kernel waits for without reading it: of what is computed within it, itself included. */
export function gatesOf(tensor: Tensor, stored: ReadonlySet<Tensor>): Tensor[] {
  const gates = new Set<Tensor>();
  const seen = new Set<Tensor>();
  /** A gate that is in no memory is there when what it is computed of is. */
  const gate = (one: Tensor) => {
    if (seen.has(one)) return;
    seen.add(one);
    if (stored.has(one)) gates.add(one);
    else readBy(one).forEach(gate);
  };
  const visited = new Set<Tensor>();
  const visit = (one: Tensor) => {
    if (visited.has(one)) return;
    visited.add(one);
    if (one.operator.kind === 'after') one.inputs.slice(1).forEach(gate);
    for (const input of readBy(one)) if (!stored.has(input)) visit(input);
  };
  visit(tensor);
  return [...gates];
}
