/** Which intermediate results can lie in the same memory one after the other: pure. */

export type PlanStep<T> = { readonly reads: readonly T[]; readonly writes: readonly T[] };

export type MemoryPlan<T> = {
  readonly slotOf: ReadonlyMap<T, number>;
  readonly slotSizes: readonly number[];
};

/**
 * A slot for everything written, from the step that writes it to the last that reads it: the largest
 * first, each in the smallest slot that is free all that time, else in a new one (greedy by size for
 * shared objects, Pisarchyk and Lee 2020, arXiv 2001.03288, section 4.2).
 */
export function planMemory<T>(
  steps: readonly PlanStep<T>[],
  sizeOf: (value: T) => number,
): MemoryPlan<T> {
  const lives = new Map<T, { from: number; to: number }>();
  steps.forEach((step, i) => {
    for (const value of step.writes) lives.set(value, { from: i, to: i });
    for (const value of step.reads) if (lives.has(value)) lives.get(value)!.to = i;
  });
  const slotOf = new Map<T, number>();
  const slots: { size: number; taken: { from: number; to: number }[] }[] = [];
  const bySize = [...lives].toSorted(([a], [b]) => sizeOf(b) - sizeOf(a));
  for (const [value, life] of bySize) {
    // Slots were made from the largest on: the last that is free is the smallest.
    let slot = slots.findLastIndex(({ taken }) =>
      taken.every((other) => life.to < other.from || other.to < life.from),
    );
    if (slot < 0) slot = slots.push({ size: sizeOf(value), taken: [] }) - 1;
    slots[slot]!.taken.push(life);
    slotOf.set(value, slot);
  }
  return { slotOf, slotSizes: slots.map(({ size }) => size) };
}
